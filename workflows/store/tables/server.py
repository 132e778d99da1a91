"""What comes in and goes out, and the processes that share the work."""

from __future__ import annotations

import sqlalchemy as sa

from workflows.store.tables.base import RowId, metadata, run_id_column

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("guid", sa.Text, primary_key=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error_text", sa.Text, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("handled_at", sa.Float),
    sa.Column("due_at", sa.Float, nullable=False, server_default="0"),
    sa.Column("claimed_by", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_deliveries_status", "status", "received_at"),
)
"""Webhooks as they came, raw; `status` is stored, handled, ignored or failed. A stored one is taken up at `due_at`.

`claimed_by` is the worker that took it up last: what one that is gone was handling is due at once.
"""

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    run_id_column(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("lease", sa.Text, nullable=False, server_default=""),
    sa.Column("lease_until", sa.Float, nullable=False, server_default="0"),
    sa.UniqueConstraint("run_id", "kind", "target"),
)
"""Comments and messages that are ours: found and edited, not repeated. `lease` is the worker that writes just now."""

github_quotas = sa.Table(
    "github_quotas",
    metadata,
    sa.Column("whose", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("most", sa.Integer, nullable=False),
    sa.Column("remaining", sa.Integer, nullable=False),
    sa.Column("resets_at", sa.Float, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
"""What GitHub said last is left of its limits, by whose they are; any process that asks it writes it down."""

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("process", sa.Integer, nullable=False),
    sa.Column("places", sa.Integer, nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
    sa.Column("left_at", sa.Float),
    sa.Column("boot", sa.Text, nullable=False, server_default=""),
    sa.Column("ending", sa.Text, nullable=False, server_default=""),
)
"""Who works on this database. `seen_at` and `left_at` are by the database's clock; who has left never comes back.

`boot` is the start of its machine; `ending` says how it came not to count: `workflows.store.cluster.workers.Ending`.
"""

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)
"""Duties that one process has at a time, and another takes over."""

pauses = sa.Table(
    "pauses",
    metadata,
    sa.Column("repository", sa.Text, primary_key=True),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
"""What stands still until somebody has it go on: a repository, in lower case as runs name it, or with "" everything."""

audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Index("ix_audit_log_run_id", "run_id"),
)
"""Who asked for what, when, and from where. Rows outlive their run."""
