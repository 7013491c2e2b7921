"""Interventions: who is reached, when, how strongly, within which limits."""
