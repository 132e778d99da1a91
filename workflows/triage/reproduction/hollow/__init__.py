"""Whether a test fails by itself: over code that says nothing, which each language has in a way of its own."""
