"""Seeing a report happen: a test for it, run on the code as it is, with controls, and back through history."""
