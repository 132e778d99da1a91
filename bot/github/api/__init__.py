"""GitHub's API on the wire: requests, limits, tokens, errors."""
