"""Explain: answers a question about a repository from its files, and changes nothing."""
