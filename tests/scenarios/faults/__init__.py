"""Studies killed, interrupted, crowded out, refused by the disk: nothing is lost and nothing doubled."""
