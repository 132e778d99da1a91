"""Texts for people, and texts of others made harmless."""
