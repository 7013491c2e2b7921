"""Tests that compare runs with each other: what a change may alter, and what it may not."""
