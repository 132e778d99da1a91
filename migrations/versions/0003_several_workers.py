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
    runs_now = sa.table("workflow_runs", sa.column("admitted", sa.Integer()), sa.column("segment", sa.Integer()))
    op.execute(runs_now.update().values(admitted=runs_now.c.segment))
    with op.batch_alter_table("waits") as waits:
        waits.add_column(sa.Column("reminded_at", sa.Float()))
