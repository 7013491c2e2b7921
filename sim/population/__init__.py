"""Who lives in an area: the synthetic population, its strata, and those who will enter."""
