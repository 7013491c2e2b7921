"""What health, care and death do to each other."""
