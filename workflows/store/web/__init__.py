"""Queries of what the pages and the API keep: who is signed in, keys, answers, and what is asked of workers."""
