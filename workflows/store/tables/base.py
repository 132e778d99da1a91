"""What all tables are made with: names of their constraints, and columns that many of them have."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

# SQLite only hands out row ids by itself for INTEGER; Postgres runs out of those.
RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def run_id_column() -> sa.Column[str]:
    return sa.Column("run_id", sa.Text, sa.ForeignKey("workflow_runs.id", ondelete="CASCADE"), nullable=False)


def account_column(name: str = "account") -> sa.Column[int]:
    """GitHub's number of whoever had the login, which stays theirs when that changes; 0 where it is not known."""
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def partial_index(name: str, *columns: str, where: str) -> sa.Index:
    """An index over those rows only; a query uses it where it says the same words."""
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
