"""Makes the GitHub App, in a browser."""
