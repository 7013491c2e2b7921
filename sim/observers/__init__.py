"""What is recorded of a run, as tidy tables."""
