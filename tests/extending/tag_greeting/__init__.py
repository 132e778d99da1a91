"""A workflow of a stranger's: it says which commit a pushed tag points at, and how many files that has."""
