"""Walks a definition step by step, so that a process may die at any moment."""
