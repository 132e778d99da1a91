"""A change is checked on its base and on its head, and what is new is told."""
