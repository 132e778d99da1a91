"""What a repository asks for, and what no change may do."""
