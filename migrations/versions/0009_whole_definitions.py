"""A definition is kept whole, and each run names the very shape that it was begun with.

Those of before have no more than keys and titles: they keep the digest "", as do their runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    with op.batch_alter_table("workflows") as workflows:
        workflows.add_column(sa.Column("digest", sa.Text(), nullable=False, server_default=""))
        workflows.add_column(sa.Column("items", sa.JSON(), nullable=False, server_default="[]"))
        workflows.add_column(sa.Column("on_failure", sa.Text(), nullable=False, server_default=""))
        workflows.drop_constraint("pk_workflows", type_="primary")
        workflows.create_primary_key("pk_workflows", ["name", "version", "digest"])
    with op.batch_alter_table("workflow_runs") as runs:
        runs.add_column(sa.Column("definition", sa.Text(), nullable=False, server_default=""))
