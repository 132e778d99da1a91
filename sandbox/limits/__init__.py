"""What one command may use: memory, processes, time, disk."""
