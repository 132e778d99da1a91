"""The agent: a model with tools that works on a tree until its task ends."""
