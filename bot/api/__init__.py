"""The API for programs: the same actions as everywhere, under `/api/v1`, with keys."""
