"""What of a change matters for its checks: read from its files, nothing is run."""
