"""What is proposed for the CHANGELOG: its entry, its branch and pull request, kept fresh or closed."""
