"""Taking a run back: its way, the plan, and doing it."""
