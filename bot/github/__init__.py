"""GitHub as this App meets it: the client, its credentials, and what is shown there."""
