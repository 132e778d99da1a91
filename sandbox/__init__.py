"""Where the work is done: trees, commands, limits, network, journal, rollback.

The lowest floor. Nothing in here knows what a workflow, an issue or GitHub is.
"""
