"""Tests of the comparison with the evidence."""
