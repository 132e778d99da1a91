"""A run is about a subject, of which an issue is one kind."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.drop_index("ix_workflow_runs_issue", "workflow_runs")
    with op.batch_alter_table("workflow_runs") as runs:
        runs.add_column(sa.Column("subject_kind", sa.Text(), nullable=False, server_default=""))
        runs.add_column(sa.Column("subject_number", sa.Integer()))
        runs.add_column(sa.Column("subject_name", sa.Text(), nullable=False, server_default=""))
    # Every run so far was about an issue; one from a file has no number, or 0.
    op.execute("UPDATE workflow_runs SET subject_kind = 'issue', subject_number = NULLIF(issue, 0)")
    # What only one run may be about names the workflow: another one may be about it at the same time.
    op.execute("UPDATE workflow_runs SET active_key = workflow || ':' || active_key WHERE active_key IS NOT NULL")
    with op.batch_alter_table("workflow_runs") as runs:
        runs.drop_column("issue")
    op.create_index("ix_workflow_runs_subject", "workflow_runs", ["repository", "subject_number"])
