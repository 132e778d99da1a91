"""`serve` is two processes, of which neither outlives the other."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.github.api.credentials import AppCredentials, save
from bot.server.beside import WebBeside
from tests.fakes.serving import Server, started

SECRET = "s3cret"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    place = tmp_path / "data"
    place.mkdir()
    key = SecretStr("-----BEGIN RSA PRIVATE KEY-----\nnone\n-----END RSA PRIVATE KEY-----")
    made = AppCredentials(app_id=1, private_key=key, webhook_secret=SecretStr(SECRET), slug="x")
    save(made, place / "github.json")
    return place


def web_of(server: Server) -> int:
    """The process that was forked for webhooks."""
    pid = server.process.pid
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def eventually(there: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not there():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_without_its_web_part_a_server_ends_and_says_why(data: Path) -> None:
    with started("serve", data) as server:
        os.kill(web_of(server), signal.SIGKILL)
        eventually(lambda: server.process.poll() is not None)
        assert server.process.poll() == 1
        assert "takes in webhooks was ended by SIGKILL" in server.said()
        assert "Traceback" not in server.said()


def test_a_web_part_does_not_outlive_its_worker_and_the_port_is_free_at_once(data: Path) -> None:
    with started("serve", data) as server:
        web, port = web_of(server), server.url.rpartition(":")[2]
        server.kill()
    with started("serve", data, {"PULLWRIGHT_PORT": port}) as server:
        assert gone(web)
        assert httpx.get(f"{server.url}/health").status_code == 200
        assert server.terminate() == 0, server.said()


def test_who_listens_can_be_asked_to_end_though_the_other_part_has_hardly_begun(data: Path) -> None:
    with started("serve", data) as server:
        assert server.terminate() == 0, server.said()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_both_end_in_order_whoever_of_them_is_told(data: Path, number: signal.Signals) -> None:
    with started("serve", data) as server:
        server.wait_until_said("At work")
        web = web_of(server)
        os.kill(web, number)  # as a supervisor does that tells each process of a group
        eventually(lambda: server.process.poll() is not None)
        assert server.process.poll() == 0, server.said()
        assert gone(web)
        assert "Traceback" not in server.said()


async def test_a_web_part_that_is_killed_before_it_has_read_what_it_was_told_is_gone_once() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    web = WebBeside(os.posix_spawn("/bin/true", ["true"], {}), ours)
    gone: list[bool] = []
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, fault: faults.append(fault))
    async with web.together(lambda: gone.append(True)):
        web.ask_to_end()
        theirs.close()  # with what it was told unread: that is a reset, and no end of the stream
        await asyncio.sleep(0.2)
    assert (gone, faults) == ([True], [])
