"""What a repository says on GitHub about branches and commits: told before money is spent, held against a commit."""
