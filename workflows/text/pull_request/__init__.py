"""The texts of a pull request: its body, what was asked, and the verdict on it."""
