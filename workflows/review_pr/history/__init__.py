"""What earlier reviews leave to the next: what was said, what people waved away, and a pause."""
