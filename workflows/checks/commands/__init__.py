"""Running a check's commands on base and head: whole or in parts, and what the base said kept."""
