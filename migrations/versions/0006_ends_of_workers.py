"""What the end of a worker says about its runs depends on how it ended, and on whether its machine was started anew."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("workers") as workers:
        workers.add_column(sa.Column("boot", sa.Text(), nullable=False, server_default=""))
        workers.add_column(sa.Column("ending", sa.Text(), nullable=False, server_default=""))
