"""Telegram's calls: known by their secret, kept before they are acknowledged, and no library of its loaded for them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from starlette.applications import Starlette

from bot.server.telegram_hook import telegram_routes
from bot.settings import Settings
from bot.telegram.wire.calls import SECRET_HEADER, secret_for
from tests.fakes.tables import make_tables
from workflows.errors import ConfigError
from workflows.store import tables
from workflows.store.database import Store

TOKEN = f"42:{'a' * 35}"
HERE = "https://pullwright.test"
UPDATE = {"update_id": 7, "message": {"chat": {"id": 41}}}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    yield store
    store.close()


def settings(tmp_path: Path, **more: Any) -> Settings:
    own = {"telegram_token": SecretStr(TOKEN), "telegram_webhook": True, "public_url": HERE}
    return Settings(data=tmp_path, **{**own, **more})


def kept(store: Store) -> list[tuple[int, int]]:
    columns = tables.telegram_updates.c
    return store.read_now(lambda db: [tuple(row) for row in db.execute(sa.select(columns.id, columns.chat))])


async def call(store: Store, tmp_path: Path, body: bytes, secret: str, kind: str = "application/json") -> int:
    app = Starlette(routes=telegram_routes(settings(tmp_path), store))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE) as client:
        headers = {SECRET_HEADER: secret, "Content-Type": kind}
        return (await client.post("/telegram", content=body, headers=headers)).status_code


async def test_an_update_is_kept_once_and_then_acknowledged(store: Store, tmp_path: Path) -> None:
    for _ in range(2):
        assert await call(store, tmp_path, json.dumps(UPDATE).encode(), secret_for(TOKEN)) == 200
    assert kept(store) == [(7, 41)]


@pytest.mark.parametrize(
    "secret", ["", "x", secret_for(TOKEN)[:-1], secret_for(TOKEN) + "0", secret_for("42:other"), TOKEN]
)
async def test_who_has_not_the_secret_is_not_telegram(store: Store, tmp_path: Path, secret: str) -> None:
    assert await call(store, tmp_path, json.dumps(UPDATE).encode(), secret) == 401
    assert kept(store) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b"{}", 400),
        (b'{"update_id": "7"}', 400),
        (b'{"update_id": -1}', 400),
        (b'{"update_id": 1e400}', 400),
        (b'{"update_id": 99999999999999999999}', 400),
        (b"[" * 100_000, 400),
        (b" " * 300_000, 413),
    ],
)
async def test_what_is_no_update_is_refused(store: Store, tmp_path: Path, body: bytes, status: int) -> None:
    assert await call(store, tmp_path, body, secret_for(TOKEN)) == status
    assert kept(store) == []


async def test_a_database_that_cannot_be_written_has_telegram_send_it_again(store: Store, tmp_path: Path) -> None:
    store.write_now(lambda db: db.execute(sa.text("DROP TABLE telegram_updates")))
    assert await call(store, tmp_path, json.dumps(UPDATE).encode(), secret_for(TOKEN)) == 503


def test_where_telegram_is_asked_or_is_not_there_no_address_is_open(store: Store, tmp_path: Path) -> None:
    assert telegram_routes(settings(tmp_path, telegram_webhook=False), store) == []
    assert telegram_routes(settings(tmp_path, telegram_token=None), store) == []


def test_an_address_without_https_is_the_operators_to_mend(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="https only"):
        _ = settings(tmp_path, public_url="http://pullwright.test").telegram_calls


def test_a_process_that_answers_http_does_not_load_the_library() -> None:
    words = "import sys, bot.server.serving, bot.server.telegram_hook, bot.server.faces, bot.cli.main; "
    words += "sys.exit('telegram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


# --- the token -------------------------------------------------------------------------------------


def test_the_token_is_read_from_a_file_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    made = settings(tmp_path, telegram_token=None, telegram_token_file=file)
    assert made.telegram_secret == TOKEN
    assert {TOKEN, TOKEN.partition(":")[2]} <= set(made.secrets())
    assert TOKEN not in repr(settings(tmp_path))


@pytest.mark.parametrize("text", ["", "x", "42", f"42:{'a' * 35}/../x", "42:short", "42:" + "é" * 35])
def test_a_token_that_is_none_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text)
    with pytest.raises(ConfigError, match="BotFather") as error:
        _ = settings(tmp_path, telegram_token=None, telegram_token_file=file).telegram_secret
    assert not text or text not in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        _ = settings(tmp_path, telegram_token=None, telegram_token_file=tmp_path / "none").telegram_secret
