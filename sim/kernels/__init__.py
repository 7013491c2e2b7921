"""Compiled loops over arrays: randomness, life course, needs and flow. They know no domain words."""
