"""What runs of checks came to: compared, judged, and told."""
