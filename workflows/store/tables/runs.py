"""Runs: what is run, how far it is, what it changed, and what it waits for."""

from __future__ import annotations

import sqlalchemy as sa

from workflows.store.tables.base import RowId, metadata, partial_index, run_id_column

IN_LINE = "status = 'pending' AND admitted < segment"
"""Runs that wait for a place."""

AT_WORK = "status IN ('pending', 'running') AND admitted >= segment"
"""Runs that have one."""

workflows = sa.Table(
    "workflows",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True, server_default=""),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("steps", sa.JSON, nullable=False),
    sa.Column("items", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("on_failure", sa.Text, nullable=False, server_default=""),
)
"""Each definition that ever ran: its steps as [[key, title]], so that old runs can still be drawn, and its items as
`ItemRecord`, so that they go on with what they began with. `digest` tells shapes of one version apart.
"""

workflow_runs = sa.Table(
    "workflow_runs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("workflow", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("installation", sa.Text, nullable=False, server_default=""),
    sa.Column("repository_id", sa.BigInteger),
    sa.Column("subject_kind", sa.Text, nullable=False, server_default=""),
    sa.Column("subject_number", sa.Integer),
    sa.Column("subject_name", sa.Text, nullable=False, server_default=""),
    sa.Column("pull", sa.Integer),
    sa.Column("merged", sa.Boolean),
    sa.Column("delivery", sa.Text),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("active_key", sa.Text, unique=True),
    sa.Column("definition", sa.Text, nullable=False, server_default=""),
    sa.Column("inputs", sa.JSON, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("current_step", sa.Text, nullable=False),
    sa.Column("segment", sa.Integer, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("admitted", sa.Integer, nullable=False, server_default="-1"),
    sa.Column("error_text", sa.Text, nullable=False),
    sa.Column("advice", sa.JSON, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("updated_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Column("admitted_at", sa.Float),
    sa.Column("cleaned_at", sa.Float),
    sa.Index("ix_workflow_runs_status", "status"),
    sa.Index("ix_workflow_runs_created_at", "created_at"),
    sa.Index("ix_workflow_runs_repository", "repository", "created_at"),
    sa.Index("ix_workflow_runs_repository_id", "repository_id", "created_at"),
    sa.Index("ix_workflow_runs_subject", "repository", "subject_number"),
    sa.Index("ix_workflow_runs_pull", "repository", "pull"),
    sa.Index("ix_workflow_runs_delivery", "delivery"),
    sa.Index("ix_workflow_runs_admitted_at", "repository", "admitted_at"),
    partial_index(
        "ix_workflow_runs_merged", "created_at", "workflow", "repository", "merged", where="pull IS NOT NULL"
    ),
    sa.Index("ix_workflow_runs_history", "created_at", "repository", "status", "current_step", "pull", "ended_at"),
    partial_index("ix_workflow_runs_in_line", "repository", "created_at", where=IN_LINE),
    partial_index("ix_workflow_runs_at_work", "repository", where=AT_WORK),
)
"""`active_key` names what only one live run may work on (an issue); it is NULL once the run has ended. `definition` is
the digest of what it was begun with.

`admitted` is the last segment that was given a place and handed to the engine; a pending run
with a newer segment waits in line. `installation` is "" for a run that came from no forge. `repository_id`,
the subject, `pull` and `delivery` stand in inputs and state, too: here each comment on GitHub looks for its run.
`merged` says what became of its pull request, NULL while that is open, or where nobody said so. After
`cleaned_at` only this row, its audit and its bill are left of the run.
"""

workflow_steps = sa.Table(
    "workflow_steps",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    run_id_column(),
    sa.Column("segment", sa.Integer, nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("output", sa.Text, nullable=False),
    sa.Column("next", sa.JSON, nullable=False),
    sa.Column("state_before", sa.JSON, nullable=False),
    sa.Column("mark_before", sa.Text, nullable=False),
    sa.Column("mark_after", sa.Text, nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Column("worker", sa.Text, nullable=False, server_default=""),
    sa.Column("death", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("run_id", "segment", "ordinal", "attempt"),
)
"""One row per attempt. (run, segment, ordinal) is the place in the walk; `next` is what the walker was told.

`worker` says whose process makes it, and `death` what that one's end says about the step: see
`workflows.store.cluster.deaths`.
"""

workflow_changes = sa.Table(
    "workflow_changes",
    metadata,
    sa.Column("seq", RowId, primary_key=True, autoincrement=True),
    run_id_column(),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("tool", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("mark_before", sa.Text, nullable=False),
    sa.Column("mark_after", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("path", sa.LargeBinary, nullable=False),
    sa.Column("old_path", sa.LargeBinary, nullable=False),
    sa.Column("before_mode", sa.Text, nullable=False),
    sa.Column("after_mode", sa.Text, nullable=False),
    sa.Column("before_blob", sa.Text, nullable=False),
    sa.Column("after_blob", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("undo", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
    sa.Index("ix_workflow_changes_run_id", "run_id", "seq"),
    partial_index("ix_workflow_changes_before_blob", "before_blob", where="before_blob <> ''"),
    partial_index("ix_workflow_changes_after_blob", "after_blob", where="after_blob <> ''"),
)
"""The journal. `kind` is "file" or "effect"; paths are bytes, since file names need not be text."""

blobs = sa.Table(
    "blobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
"""Contents of files by git blob id, zlib-compressed; `size` is before compression."""

waits = sa.Table(
    "waits",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    run_id_column(),
    sa.Column("segment", sa.Integer, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("binding", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Float),
    sa.Column("default_action", sa.Text, nullable=False),
    sa.Column("asked_at", sa.Float, nullable=False),
    sa.Column("answered_at", sa.Float),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("answered_by", sa.Text, nullable=False),
    sa.Column("reminded_at", sa.Float),
    sa.UniqueConstraint("run_id", "segment"),
)
"""`kind` is "approval" (answer: approve or reject) or "question" (answer: free text)."""

run_events = sa.Table(
    "run_events",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    run_id_column(),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
"""The feed: a row for each change of a run, written with it. See `workflows.store.run_events`."""
