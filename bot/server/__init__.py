"""The long-lived processes, and what they do by the clock."""
