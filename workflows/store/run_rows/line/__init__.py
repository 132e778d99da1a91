"""The line that runs wait in: who is next, who has a place, and who is held meanwhile."""
