"""What is being answered in a chat, before it is: so that it is known after a crash that it stands there perhaps."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("telegram_updates", sa.Column("answer", sa.JSON(none_as_null=True)))
