"""One file for each language: what a project of it is set up and checked with."""
