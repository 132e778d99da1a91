"""The rows of runs: attempts, waits, effects, costs, and the line they wait in."""
