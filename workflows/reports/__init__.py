"""What test runners, linters and type checkers report, read without trusting a word of it.

`instrument` asks a command for a machine-readable report, `collect` reads what it left,
`complaints` reads linters, `dead` tells a result from a command that could not work. Parsers
never raise, whatever they are given.
"""
