"""Chats, the people in them, what they hear, and the buttons below it."""

from __future__ import annotations

import sqlalchemy as sa

from workflows.store.tables.base import RowId, account_column, metadata, run_id_column

telegram_chats = sa.Table(
    "telegram_chats",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("chat", sa.BigInteger, nullable=False),
    sa.Column("thread", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("private", sa.Boolean, nullable=False),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("muted_until", sa.Float, nullable=False, server_default="0"),
    sa.Column("quiet", sa.Text, nullable=False, server_default=""),
    sa.Column("gone", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("chat", "thread"),
)
"""Chats, and topics of forums (`thread`), that something was asked in. `gone` says why nothing can be said there."""

telegram_people = sa.Table(
    "telegram_people",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("login", sa.Text, nullable=False),
    account_column("github"),
    sa.Column("linked_at", sa.Float, nullable=False),
    sa.Column("told", sa.Boolean, nullable=False),
    sa.Index("ix_telegram_people_login", "login"),
)
"""Whose on GitHub an account of Telegram has shown to be; `told` once its chat has confirmed it."""

telegram_codes = sa.Table(
    "telegram_codes",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column("login", sa.Text, nullable=False, server_default=""),
)
"""Codes that were shown in private chats, by their hash; `login` is who redeemed one, "" while nobody has."""

telegram_subscriptions = sa.Table(
    "telegram_subscriptions",
    metadata,
    sa.Column("place", RowId, sa.ForeignKey("telegram_chats.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("repository", sa.Text, primary_key=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("hears", sa.Text, nullable=False),
    sa.Column("since", sa.Float, nullable=False),
    sa.Index("ix_telegram_subscriptions_repository", "repository"),
)
"""Which runs are shown in a chat: those of a repository that `account` may see, changed after `since`."""

telegram_buttons = sa.Table(
    "telegram_buttons",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("place", RowId, sa.ForeignKey("telegram_chats.id", ondelete="CASCADE"), nullable=False),
    run_id_column(),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("segment", sa.Integer, nullable=False),
    sa.Column("binding", sa.Text, nullable=False),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("message", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column("used_at", sa.Float),
    sa.Column("used_by", sa.Text, nullable=False, server_default=""),
    sa.Column("used_with", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_telegram_buttons_run_id", "run_id", "place"),
    sa.Index("ix_telegram_buttons_message", "place", "message"),
)
"""What a press of a button means. `account` is who may press it, 0 for whoever is linked; `segment` and `binding` are
those of the run and of its question as they were shown. With a `message` it is a reply to that one that counts.
"""

telegram_updates = sa.Table(
    "telegram_updates",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("chat", sa.BigInteger, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("answer", sa.JSON(none_as_null=True)),
    sa.Index("ix_telegram_updates_status", "status", "id"),
)
"""What Telegram delivered, as it came, by its number; `status` is stored, handled or failed.

`answer` is what is said about it, kept before it is.
"""
