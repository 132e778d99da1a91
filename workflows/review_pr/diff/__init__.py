"""The change's lines: read from git, filtered, shown to a model, and found again from what it quotes."""
