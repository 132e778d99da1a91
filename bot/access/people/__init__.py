"""Whoever sends a request: from a session or a key to a visitor, and what they are in repositories."""
