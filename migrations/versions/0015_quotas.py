"""What is left of GitHub's limits, and which commands the sandbox ended."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "github_quotas",
        sa.Column("whose", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("resets_at", sa.Float(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
    )
    some = sa.text("killed <> ''")
    op.create_index("ix_printed_killed", "printed", ["killed"], sqlite_where=some, postgresql_where=some)
