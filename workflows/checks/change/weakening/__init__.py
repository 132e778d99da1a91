"""What of a change takes something from tests: assertions, whole tests, what they need to be run at all."""
