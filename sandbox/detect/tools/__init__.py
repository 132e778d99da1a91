"""What a tool's command line does: test, lint, types, or rewriting what it should check."""
