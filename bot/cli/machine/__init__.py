"""Setting this machine up, and what it lacks."""
