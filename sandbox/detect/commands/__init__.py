"""Where commands are written down: scripts, CI, hooks, tox and nox; and which of them is meant."""
