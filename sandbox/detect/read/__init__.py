"""A repository's files as data, bounded, and where each fact stands in them."""
