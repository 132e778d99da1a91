"""Processes: started in the right place, drained, watched, and ended with all that they started."""
