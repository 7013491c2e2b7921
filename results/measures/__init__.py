"""Measures: what each figure means, in one table, and how it is computed from saved tables."""

from results.measures.care_nodes import node_values
from results.measures.caseload import caseload
from results.measures.life_table import LifeTable, abridged_life_table
from results.measures.prevalence import prevalence
from results.measures.registry import Measure, measure, measures
from results.measures.series import expectancy, month_labels, values, year_labels
from results.measures.sets import MeasureSet, measure_set, measure_sets
from results.measures.sullivan import HealthyLifeTable, healthy_life_table

__all__ = [
    "HealthyLifeTable",
    "LifeTable",
    "Measure",
    "MeasureSet",
    "abridged_life_table",
    "caseload",
    "expectancy",
    "healthy_life_table",
    "measure",
    "measure_set",
    "measure_sets",
    "measures",
    "month_labels",
    "node_values",
    "prevalence",
    "values",
    "year_labels",
]
