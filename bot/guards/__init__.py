"""What keeps a process in order: one engine, room on the disk, a loop that turns, an orderly end."""
