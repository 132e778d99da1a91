"""Who is who on Telegram, what is told where, what its buttons mean, what it delivered, and whose turn it is."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "telegram_chats",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("chat", sa.BigInteger(), nullable=False),
        sa.Column("thread", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False, server_default=""),
        sa.Column("muted_until", sa.Float(), nullable=False, server_default="0"),
        sa.Column("quiet", sa.Text(), nullable=False, server_default=""),
        sa.Column("gone", sa.Text(), nullable=False, server_default=""),
        sa.UniqueConstraint("chat", "thread"),
    )
    op.create_table(
        "telegram_people",
        sa.Column("account", sa.BigInteger(), primary_key=True),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.Float(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_telegram_people_login", "telegram_people", ["login"])
    op.create_table(
        "telegram_codes",
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False, server_default=""),
    )
    _subscriptions_and_buttons()
    op.create_table(
        "telegram_updates",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("chat", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.Column("received_at", sa.Float(), nullable=False),
    )
    op.create_index("ix_telegram_updates_status", "telegram_updates", ["status", "id"])
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
    )


def _subscriptions_and_buttons() -> None:
    op.create_table(
        "telegram_subscriptions",
        sa.Column("place", _ID, sa.ForeignKey("telegram_chats.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("repository", sa.Text(), primary_key=True),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("hears", sa.Text(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
    )
    op.create_index("ix_telegram_subscriptions_repository", "telegram_subscriptions", ["repository"])
    op.create_table(
        "telegram_buttons",
        sa.Column("token", sa.Text(), primary_key=True),
        sa.Column("place", _ID, sa.ForeignKey("telegram_chats.id", ondelete="CASCADE"), nullable=False),
        sa.Column("run_id", sa.Text(), sa.ForeignKey("workflow_runs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("binding", sa.Text(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("used_at", sa.Float()),
        sa.Column("used_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("used_with", sa.Text(), nullable=False, server_default=""),
    )
    op.create_index("ix_telegram_buttons_run_id", "telegram_buttons", ["run_id", "place"])
    op.create_index("ix_telegram_buttons_message", "telegram_buttons", ["place", "message"])
