"""Work can be paused, and an attempt says whose it was and what the end of its process says about it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("repository", name="pk_pauses"),
    )
    with op.batch_alter_table("workflow_steps") as steps:
        steps.add_column(sa.Column("worker", sa.Text(), nullable=False, server_default=""))
        steps.add_column(sa.Column("death", sa.Text(), nullable=False, server_default=""))
