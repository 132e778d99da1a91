"""What became of a run's pull request."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("workflow_runs", sa.Column("merged", sa.Boolean()))
    some, columns = sa.text("pull IS NOT NULL"), ["created_at", "workflow", "repository", "merged"]
    op.create_index("ix_workflow_runs_merged", "workflow_runs", columns, sqlite_where=some, postgresql_where=some)
