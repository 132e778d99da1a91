"""That somebody may have another role: a word which every process sees, and then asks GitHub anew."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "role_changes", sa.Column("id", sa.Integer, primary_key=True), sa.Column("word", sa.Text, nullable=False)
    )
