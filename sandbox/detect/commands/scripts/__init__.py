"""Shell scripts read as the simple commands that they run: lines, lists, loops, functions, wrappers."""
