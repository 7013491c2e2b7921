"""Measures: what each figure means, in one table, and how it is computed from saved tables."""

from results.measures.life_table import LifeTable, abridged_life_table
from results.measures.prevalence import prevalence
from results.measures.registry import Measure, measure, measures
from results.measures.series import month_labels, node_values, values, year_labels

__all__ = [
    "LifeTable",
    "Measure",
    "abridged_life_table",
    "measure",
    "measures",
    "month_labels",
    "node_values",
    "prevalence",
    "values",
    "year_labels",
]
