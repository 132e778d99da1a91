"""Servers that behave as the families of models do: each cites its provider for every rule, and refuses the rest."""
