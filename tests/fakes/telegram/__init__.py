"""Telegram's Bot API over HTTP, as far as we use it, with people and groups that are moved by tests."""
