"""Deliveries as they come in: bounded, checked, committed, and only then acknowledged."""
