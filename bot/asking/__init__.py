"""What pages and the API have in common: asking for something with a run, and hearing what happens to it."""
