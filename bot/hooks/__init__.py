"""Outgoing webhooks: what happens to runs, told to addresses that somebody named, signed and until it is taken."""
