"""Several workers on one database: who is alive, who works, and how one ends."""
