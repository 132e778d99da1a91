"""Repositories that only the host writes: git as a process, and git's objects without one."""
