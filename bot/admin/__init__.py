"""Pages for people in a browser: what runs, waits and failed, one run in full, and what runs the server."""
