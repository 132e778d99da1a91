"""What chats see of runs: the message, its buttons, and who is shown how much."""
