"""Deliveries say when they are due: later after a failure that may pass, and while a worker has them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.add_column(sa.Column("due_at", sa.Float(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "postgresql":
        # Compressing a payload would cost more than all the rest of keeping it.
        op.execute("ALTER TABLE deliveries ALTER COLUMN payload SET STORAGE EXTERNAL")
