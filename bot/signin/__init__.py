"""Signing in and out: with GitHub, or as the operator by a link that works once."""
