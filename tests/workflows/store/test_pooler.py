"""A pooler between us and Postgres: one that lends connections by the transaction is refused, any other is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.fakes.postgres import postgres, postgres_url
from workflows.errors import StoreError
from workflows.store.database import Store
from workflows.store.pooler import refuse_pooler

__all__ = ["postgres", "postgres_url"]

_NOBODY = 65534
_POOLER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
pytestmark = pytest.mark.skipif(_POOLER is None, reason="PgBouncer is not installed (package `pgbouncer`)")


@contextmanager
def pooled(url: str, mode: str, *, tolerant: bool = True) -> Iterator[str]:
    """The URL of a database behind a pooler; a `tolerant` one lets pass what it does not know."""
    name, _, home = url.partition("@/")[2].partition("?host=")
    with tempfile.TemporaryDirectory(prefix="pgb-", dir="/tmp") as made:
        folder = Path(made)
        folder.chmod(0o755)
        lines = [
            "[databases]",
            f"{name} = host={home} dbname={name} user=postgres",
            "[pgbouncer]",
            f"unix_socket_dir={folder}",
            "listen_port=6432",
            "auth_type=any",
            f"pool_mode={mode}",
            *(["ignore_startup_parameters=options"] if tolerant else []),
        ]
        (folder / "ini").write_text("\n".join(lines))
        user = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
        if user:
            os.chown(folder, _NOBODY, _NOBODY)
        command = [*user, str(_POOLER), "-q", str(folder / "ini")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as pooler:
            try:
                _wait(f"host={folder} port=6432 user=postgres dbname={name}", pooler)
                yield f"postgresql+psycopg://postgres@/{name}?host={folder}&port=6432"
            finally:
                pooler.kill()


def test_one_that_lends_connections_by_the_transaction_is_refused_with_what_to_do(postgres_url: str) -> None:
    with pooled(postgres_url, "transaction") as url, closing(Store(url)) as store:
        with pytest.raises(StoreError, match="lends connections by the transaction") as refused:
            refuse_pooler(store)
        assert "session mode" in str(refused.value)


def test_one_that_lends_them_for_good_is_taken_like_postgres_itself(postgres_url: str) -> None:
    with closing(Store(postgres_url)) as store:
        refuse_pooler(store)
    with pooled(postgres_url, "session") as url, closing(Store(url)) as store:
        refuse_pooler(store)


def test_one_that_does_not_know_our_parameters_is_told_from_a_database_that_is_away(postgres_url: str) -> None:
    with (
        pooled(postgres_url, "session", tolerant=False) as url,
        closing(Store(url)) as store,
        pytest.raises(StoreError, match="a pooler, not Postgres"),
    ):
        refuse_pooler(store)


def _wait(connection: str, pooler: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while pooler.poll() is None and time.monotonic() < end:
        try:
            return psycopg.connect(connection).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
    pytest.fail("the pooler does not start")
