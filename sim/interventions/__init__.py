"""Interventions: who is eligible, who takes them up, what they change, how they ramp, what they cost."""

from sim.interventions import specification as specification  # first: the types are built from its parts
