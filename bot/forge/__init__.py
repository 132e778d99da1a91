"""Forges that are no service: a repository on this machine."""
