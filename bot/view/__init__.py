"""A run as people see it: pure functions from facts to words."""
