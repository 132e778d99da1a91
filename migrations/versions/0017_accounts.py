"""Who somebody is on GitHub by the number that stays, beside the login that somebody else may have one day."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    for table, column in (("web_sessions", "account"), ("api_keys", "account"), ("telegram_people", "github")):
        op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "admin_accounts",
        sa.Column("login", sa.Text(), primary_key=True),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
    )
