"""Speed as a feature: what is measured, against which reference in the same run, and its budgets."""
