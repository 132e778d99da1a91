"""Boxes: what a command sees, how it is confined, and the backends that there are."""
