"""Telegram: what runs show of themselves in chats, and what people say and press there."""
