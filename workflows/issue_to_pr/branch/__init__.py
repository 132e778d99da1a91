"""The branch of a run: how a commit gets there, who signs it, and how it follows a base that moves."""
