"""What must not leave: found in changes, and taken out of texts."""
