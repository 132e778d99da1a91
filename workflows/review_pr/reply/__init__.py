"""Answering in the threads of reviews, and committing what was suggested there to a pull request's branch."""
