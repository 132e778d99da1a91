"""One reader for each form of report."""
