"""Measures: what each figure means, in one table, and how it is computed from saved tables."""

from results.measures.care_nodes import node_values
from results.measures.life_table import LifeTable, abridged_life_table
from results.measures.prevalence import prevalence
from results.measures.registry import Measure, measure, measures
from results.measures.series import expectancy, month_labels, values, year_labels
from results.measures.sullivan import HealthyLifeTable, healthy_life_table

__all__ = [
    "HealthyLifeTable",
    "LifeTable",
    "Measure",
    "abridged_life_table",
    "expectancy",
    "healthy_life_table",
    "measure",
    "measures",
    "month_labels",
    "node_values",
    "prevalence",
    "values",
    "year_labels",
]
