"""Interventions: who is eligible, who takes them up, what they change, how they ramp, what they cost."""
