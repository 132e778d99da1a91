"""What was kept for long enough goes, from the databases and from the disk."""
