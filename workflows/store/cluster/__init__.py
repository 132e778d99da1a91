"""The rows of workers: who is there, how one died, and what is paused."""
