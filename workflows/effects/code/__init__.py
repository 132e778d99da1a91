"""Effects on branches and commits, and on what is released from them: one file per kind."""
