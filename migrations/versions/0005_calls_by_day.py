"""What was spent in a day is asked before each call to the model: its calls are found by their time."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index("ix_model_calls_at", "model_calls", ["at"])
