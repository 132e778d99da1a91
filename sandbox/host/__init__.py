"""What this machine has: tool chains, and places for temporary files."""
