"""A throw-away Postgres for tests: a cluster per test session on a unix socket, a database per test.

It needs the server's own programs (Debian's package `postgresql`); without them the tests that
ask for it are skipped. Postgres refuses to run as root, so as root it runs as `nobody`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

_NOBODY = 65534
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=60")
_PATIENCE = 60
_servers: dict[Path, subprocess.Popen[bytes]] = {}
_names = (f"test_{number}" for number in count(1))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    """The directory of the cluster's socket."""
    if programs() is None:
        pytest.skip("Postgres' programs are not installed (package `postgresql`)")
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        home = Path(folder)
        start(home)
        try:
            yield home
        finally:
            stop(home)


@pytest.fixture
def postgres_url(postgres: Path) -> str:
    """SQLAlchemy's URL of an empty database."""
    return database(postgres, next(_names))


def programs() -> Path | None:
    """Where Postgres' programs are."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)


def start(home: Path, settings: tuple[str, ...] = _FAST) -> None:
    """Make a cluster in an empty directory and start it."""
    if os.geteuid() == 0:
        home.chmod(0o755)
        os.chown(home, _NOBODY, _NOBODY)
    _run("initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8")
    again(home, settings)


def again(home: Path, settings: tuple[str, ...] = _FAST) -> None:
    """Start a cluster that was stopped. It ends with this process, however that ends."""
    options = [f"-c{setting}" for setting in ("listen_addresses=", f"unix_socket_directories={home}", *settings)]
    command = _command("postgres", "-D", home / "data", *options, with_us=True)
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    _servers[home] = server
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            psycopg.connect(f"host={home} user=postgres dbname=postgres").close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > end:
                pytest.fail(f"Postgres does not start: {error}")
            time.sleep(0.05)
        else:
            return


def stop(home: Path) -> None:
    """At once, as a crash would; what was committed with durable settings is there again after `again`."""
    server = _servers.pop(home, None)
    if server is not None:
        server.send_signal(signal.SIGQUIT)
        server.wait(timeout=_PATIENCE)


def restart(home: Path, settings: tuple[str, ...] = _FAST) -> None:
    """As an operator does it (`pg_ctl restart -m fast`): connections are cut, nothing that was committed is lost."""
    server = _servers.pop(home)
    server.send_signal(signal.SIGINT)
    server.wait(timeout=_PATIENCE)
    again(home, settings)


def database(home: Path, name: str) -> str:
    """Make a database; SQLAlchemy's URL of it."""
    with psycopg.connect(f"host={home} user=postgres dbname=postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"postgresql+psycopg://postgres@/{name}?host={home}"


def _run(program: str, *arguments: str | Path) -> None:
    done = subprocess.run(
        _command(program, *arguments), capture_output=True, text=True, timeout=_PATIENCE, cwd="/", check=False
    )
    if done.returncode:
        pytest.fail(f"{program}: {done.stdout}{done.stderr}")


def _command(program: str, *arguments: str | Path, with_us: bool = False) -> list[str]:
    place = programs()
    assert place is not None
    user = [f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
    death = ["--pdeathsig=QUIT"] if with_us else []
    prefix = ["setpriv", *user, *death] if user or death else []
    return [*prefix, str(place / program), *map(str, arguments)]
