"""What happened on GitHub, in our own words, read from its payloads."""
