"""Several workers share the runs: each signs in here, and a run says whose it counts as and whether it has a place."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.Column("left_at", sa.Float()),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    with op.batch_alter_table("workflow_runs") as runs:
        runs.add_column(sa.Column("installation", sa.Text(), nullable=False, server_default=""))
        # What is pending now was handed to the engine by the version before.
        runs.add_column(sa.Column("admitted", sa.Integer(), nullable=False, server_default="-1"))
        runs.add_column(sa.Column("admitted_at", sa.Float()))
        runs.add_column(sa.Column("cleaned_at", sa.Float()))
        runs.add_column(sa.Column("repository_id", sa.BigInteger()))
        runs.add_column(sa.Column("issue", sa.Integer()))
        runs.add_column(sa.Column("pull", sa.Integer()))
        runs.add_column(sa.Column("delivery", sa.Text()))
    runs_now = sa.table(
        "workflow_runs",
        sa.column("admitted", sa.Integer()),
        sa.column("segment", sa.Integer()),
        sa.column("installation", sa.Text()),
        sa.column("issue", sa.Integer()),
        sa.column("pull", sa.Integer()),
        sa.column("delivery", sa.Text()),
        sa.column("inputs", sa.JSON()),
        sa.column("state", sa.JSON()),
    )
    inputs, state = runs_now.c.inputs, runs_now.c.state
    op.execute(
        runs_now.update().values(
            admitted=runs_now.c.segment,
            installation=sa.func.coalesce(inputs["installation"].as_string(), ""),
            issue=inputs[("issue", "number")].as_integer(),
            pull=state[("pull", "number")].as_integer(),
            delivery=inputs["delivery"].as_string(),
        )
    )
    op.create_index("ix_workflow_runs_repository_id", "workflow_runs", ["repository_id", "created_at"])
    op.create_index("ix_workflow_runs_issue", "workflow_runs", ["repository", "issue"])
    op.create_index("ix_workflow_runs_pull", "workflow_runs", ["repository", "pull"])
    op.create_index("ix_workflow_runs_delivery", "workflow_runs", ["delivery"])
    op.create_index("ix_workflow_runs_repository", "workflow_runs", ["repository", "created_at"])
    op.create_index("ix_workflow_runs_admitted_at", "workflow_runs", ["repository", "admitted_at"])
    # Queues stand still for hours with a thousand runs in them: who looks for the next one reads only those.
    _index_some("workflow_runs", "in_line", ["repository", "created_at"], "status = 'pending' AND admitted < segment")
    _index_some("workflow_runs", "at_work", ["repository"], "status IN ('pending', 'running') AND admitted >= segment")
    # A content may go when no journal names it any more; who removes one asks for each.
    _index_some("workflow_changes", "before_blob", ["before_blob"], "before_blob <> ''")
    _index_some("workflow_changes", "after_blob", ["after_blob"], "after_blob <> ''")
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.add_column(sa.Column("claimed_by", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("posts") as posts:
        posts.add_column(sa.Column("pen", sa.Text(), nullable=False, server_default=""))
        posts.add_column(sa.Column("pen_until", sa.Float(), nullable=False, server_default="0"))
    with op.batch_alter_table("waits") as waits:
        waits.add_column(sa.Column("reminded_at", sa.Float()))


def _index_some(table: str, name: str, columns: list[str], where: str) -> None:
    some = sa.text(where)
    op.create_index(f"ix_{table}_{name}", table, columns, sqlite_where=some, postgresql_where=some)
