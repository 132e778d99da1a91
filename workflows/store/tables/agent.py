"""What was said to models and by them, what it cost, and what commands printed."""

from __future__ import annotations

import sqlalchemy as sa

from workflows.store.tables.base import RowId, metadata, partial_index, run_id_column

transcript = sa.Table(
    "transcript",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    run_id_column(),
    sa.Column("conversation", sa.Text, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("message", sa.JSON, nullable=False),
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.UniqueConstraint("run_id", "conversation", "seq"),
)
"""What was said to and by the model, append-only; `mark` is the tree after the message."""

model_calls = sa.Table(
    "model_calls",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    run_id_column(),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("cached_tokens", sa.Integer, nullable=False),
    sa.Column("usd", sa.Float),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("ix_model_calls_run_id", "run_id"),
    sa.Index("ix_model_calls_at", "at"),
)
"""Every call with what it took; `usd` is NULL where the price is not known."""

day_costs = sa.Table(
    "day_costs",
    metadata,
    sa.Column("day", sa.Integer, primary_key=True),
    sa.Column("repository", sa.Text, primary_key=True),
    sa.Column("usd", sa.Float, nullable=False),
)
"""Dollars of all booked calls by day (of UTC, since the epoch) and repository, so that no page has to add them up."""

open_calls = sa.Table(
    "open_calls",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    run_id_column(),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("usd", sa.Float),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("ix_open_calls_run_id", "run_id"),
    sa.Index("ix_open_calls_at", "at"),
)
"""Calls that were begun, each with the most it may take, until its answer is booked."""

printed = sa.Table(
    "printed",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    run_id_column(),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("exit_code", sa.Integer, nullable=False),
    sa.Column("killed", sa.Text, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("output", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("ix_printed_run_id", "run_id", "step"),
    partial_index("ix_printed_killed", "killed", where="killed <> ''"),
)
"""What each command of a run printed, packed by zlib."""
