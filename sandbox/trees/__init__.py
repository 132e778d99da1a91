"""A run's tree: laid out, marked after each change, rebuilt and taken back from the journal."""
