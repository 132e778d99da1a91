"""Where a run tells how it goes: on GitHub, soon, not too often, and at the end for certain."""
