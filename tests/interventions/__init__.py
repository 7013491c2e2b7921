"""Types of intervention: what each does, and what it leaves alone."""
