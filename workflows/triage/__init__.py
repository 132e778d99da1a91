"""Bug triage: says what a report is, whether it is known and whether it happens, and labels it where it may."""
