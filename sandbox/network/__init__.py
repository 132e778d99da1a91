"""The only way out of a box, and which addresses are never reached by it."""
