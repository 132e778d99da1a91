"""Slash commands: read from comments, carried out, answered."""
