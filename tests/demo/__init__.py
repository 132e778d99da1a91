"""The main job on a sample repository, as `make demo` shows it."""
