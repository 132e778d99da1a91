"""How Telegram is spoken with: requests, errors, limits, its HTML, and what it delivers."""
