"""The files in which projects keep named tasks: one reader for each kind."""
