"""What shows a change: tests and commands of the one side over the code of the other."""
