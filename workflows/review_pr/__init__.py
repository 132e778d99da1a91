"""Review of a pull request: reads a change, says what is wrong with it on its lines, and changes nothing."""
