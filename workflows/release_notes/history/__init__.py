"""What git says of a range: versions, commits, and the pull request of each."""
