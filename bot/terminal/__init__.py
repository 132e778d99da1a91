"""A run in a terminal: live, and as it came out."""
