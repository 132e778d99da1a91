"""What is left of GitHub's limits, which commands the sandbox ended, and what the page of the history adds up."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


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
    op.create_table(
        "day_costs",
        sa.Column("day", sa.Integer(), primary_key=True),
        sa.Column("repository", sa.Text(), primary_key=True),
        sa.Column("usd", sa.Float(), nullable=False),
    )
    day = "CAST(FLOOR(c.at / 86400.0) AS INTEGER)" if postgres() else "CAST(c.at / 86400.0 AS INTEGER)"
    op.execute(
        f"INSERT INTO day_costs (day, repository, usd) SELECT {day}, r.repository, SUM(c.usd) FROM model_calls c "
        f"JOIN workflow_runs r ON r.id = c.run_id WHERE c.usd IS NOT NULL GROUP BY {day}, r.repository"
    )
    history = ["created_at", "repository", "status", "current_step", "pull", "ended_at"]
    op.create_index("ix_workflow_runs_history", "workflow_runs", history)
    some = sa.text("killed <> ''")
    op.create_index("ix_printed_killed", "printed", ["killed"], sqlite_where=some, postgresql_where=some)
