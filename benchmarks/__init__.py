"""Speed as a feature: what is measured, against which reference in the same run, and the budgets it is held to."""
