"""Queries over what we keep for Telegram: who is who, what is told where, buttons, and what was delivered."""
