"""The state as GitHub's JSON; every function takes the world for its address."""
