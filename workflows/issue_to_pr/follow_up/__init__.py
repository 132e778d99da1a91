"""Following up on our own pull requests: what people ask on them, what fails on them, and a base that has moved."""
