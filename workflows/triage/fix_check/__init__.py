"""What reproduced a report, run once more on a pull request that says it mends it."""
