"""What each command of the command line is called and takes; nothing here is heavy: `--help` must answer at once."""
