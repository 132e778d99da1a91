"""What a range breaks for programs that use a Python package: read with griffe, never imported."""
