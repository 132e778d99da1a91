"""Effects on issues and pull requests: one file per kind."""
