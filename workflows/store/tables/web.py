"""Who is signed in, keys of the API, what a page asks a worker to do, and outgoing hooks."""

from __future__ import annotations

import sqlalchemy as sa

from workflows.store.tables.base import account_column, metadata

web_sessions = sa.Table(
    "web_sessions",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("login", sa.Text, nullable=False),
    account_column(),
    sa.Column("operator", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Index("ix_web_sessions_login", "login"),
)
"""Who is signed in to the pages: by the hash of what their browser holds. An `operator` came by a one-time link."""

admin_accounts = sa.Table(
    "admin_accounts",
    metadata,
    sa.Column("login", sa.Text, primary_key=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
)
"""Which account of GitHub's first signed in with a login (in lower case) that the settings name without a number."""

role_changes = sa.Table(
    "role_changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("word", sa.Text, nullable=False),
)
"""One row, whose word is another one since somebody may have another role on GitHub than before."""

signin_links = sa.Table(
    "signin_links",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("expires_at", sa.Float, nullable=False),
)
"""One-time links that were printed and not used."""

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("login", sa.Text, nullable=False),
    account_column(),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("expires_at", sa.Float),
    sa.Column("used_at", sa.Float),
    sa.Column("revoked_at", sa.Float),
)
"""Keys of the API, by their hash. `login` is the person on GitHub whose rights it has at most, "" for the operator's;
`repository` is the only one that it is good for, "" where it is for all of them.
"""

api_answers = sa.Table(
    "api_answers",
    metadata,
    sa.Column("who", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("ix_api_answers_at", "at"),
)
"""What was answered to requests that carried an idempotency key; `status` is 0 while one is under way."""

orders = sa.Table(
    "orders",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("principal", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
    sa.Column("asked_at", sa.Float, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("done_at", sa.Float),
    sa.Index("ix_orders_state", "state", "due_at"),
    sa.Index("ix_orders_run_id", "run_id", "asked_at"),
)
"""What a page or the API asks a worker to do, since it takes a worker's trees, forge or model.

`state` is asked, done or refused. One that a worker has taken is due again at `due_at`, however that worker ended.
"""

hooks = sa.Table(
    "hooks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("kinds", sa.JSON, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("cursor", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Column("ended_why", sa.Text, nullable=False),
)
"""Addresses that are told of runs. `secret` is what messages are signed with, so it stands here as it is; `cursor` is
how far the feed was turned into messages.
"""

hook_messages = sa.Table(
    "hook_messages",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hook", sa.Text, sa.ForeignKey("hooks.id", ondelete="CASCADE"), nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("error_text", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("done_at", sa.Float),
    sa.Index("ix_hook_messages_state", "state", "due_at"),
    sa.Index("ix_hook_messages_hook", "hook", "created_at"),
)
"""What is told to those addresses, written with the hook's cursor; `state` is due, sent or failed."""
