"""Runs on a repository of this machine, without GitHub: what the command line does."""
