"""What is shown by running: checks on base and head, and scripts that a refutation asks for."""
