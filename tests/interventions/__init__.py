"""Types of intervention: what each does, to whom, when, within which limits, and what it leaves alone."""
