"""What happens to runs is told to whom it is to be told, signed, until it is taken, and never to a private address."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.hooks.sending import Sender
from bot.hooks.work import HookWork
from sandbox.network.endpoints import Endpoint
from tests.fakes.both_databases import either_store, postgres, postgres_url
from tests.fakes.tables import make_tables
from tests.fakes.told import Told, told
from workflows.errors import ConfigError, RunError
from workflows.store.audit import Asker
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_events import EventKind
from workflows.store.run_rows import runs
from workflows.store.tables import hook_messages
from workflows.store.web import hooks
from workflows.store.web.hooks import HookState, OutgoingHook
from workflows.values import Options, RunStatus

__all__ = ["either_store", "postgres", "postgres_url"]

BY = Asker("you", "cli")
HERE = "github.com/o/r"


@dataclass
class Heard:
    """A server that is told, as an outgoing webhook sees it."""

    server: Told

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def answers(self) -> list[int]:
        return self.server.answers

    @property
    def told(self) -> list[tuple[dict[str, str], bytes]]:
        return [(one.headers, one.body) for one in self.server.calls]

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/hook"


@pytest.fixture
def heard() -> Iterator[Heard]:
    with told(else_=204) as server:
        yield Heard(server)


@pytest.fixture
def store(either_store: Store) -> Store:
    return either_store


async def here(name: str, port: int) -> Collection[tuple[str, int]]:
    return [("127.0.0.1", port)]


def work(store: Store, heard: Heard) -> HookWork:
    return HookWork(
        store, Sender({Endpoint("localhost", heard.port)}, here), lambda text: text.replace("s3cret", "***")
    )


def hook(store: Store, url: str, *kinds: EventKind, repository: str = "") -> OutgoingHook:
    return store.write_now(hooks.make, url, kinds or (EventKind.FAILED,), repository, BY)


def run(store: Store, run_id: str, repository: str = HERE, title: str = "It breaks") -> None:
    one = Run(run_id, "issue_to_pr", 1, RunStatus.RUNNING, repository, title, {}, Options(), {}, "plan", 0, 0)
    store.write_now(runs.insert_run, one)


def fails(store: Store, run_id: str) -> None:
    store.write_now(lambda db: runs.update_run(db, run_id, status=RunStatus.FAILED, error_text="no"))


def due_now(store: Store) -> None:
    store.write_now(lambda db: db.execute(hook_messages.update().values(due_at=0.0)))


async def test_what_happens_is_told_once_and_signed(store: Store, heard: Heard) -> None:
    run(store, "before")
    fails(store, "before")
    made = hook(store, heard.url)
    run(store, "r1", title="It s3cret breaks")
    fails(store, "r1")
    for _ in range(3):
        await work(store, heard).look()
    ((headers, body),) = heard.told
    key = base64.b64decode(made.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["host"] == f"localhost:{heard.port}"
    told = json.loads(body)
    assert (told["type"], told["data"]["run"], told["data"]["status"]) == ("run.failed", "r1", "failed")
    assert told["data"]["title"] == "It *** breaks"
    (kept,) = store.read_now(hooks.listed)
    assert (kept.state, kept.status, kept.attempts, kept.id) == (HookState.SENT, 204, 1, headers["webhook-id"])


async def test_only_what_was_asked_for_is_told(store: Store, heard: Heard) -> None:
    hook(store, heard.url, EventKind.WAITING, EventKind.FAILED, repository="github.com/other/one")
    run(store, "r1")
    run(store, "r2", "github.com/other/one")
    for name in ("r1", "r2"):
        fails(store, name)
    store.write_now(lambda db: runs.update_run(db, "r2", status=RunStatus.ABORTED))
    await work(store, heard).look()
    assert [json.loads(body)["data"]["run"] for _, body in heard.told] == ["r2"]


async def test_what_is_not_taken_is_told_again_under_its_id_until_it_is_given_up(store: Store, heard: Heard) -> None:
    hook(store, heard.url)
    run(store, "r1")
    fails(store, "r1")
    heard.answers.extend([500, 302, 404])
    for _ in range(3):
        await work(store, heard).look()
        await work(store, heard).look()
        due_now(store)
    await work(store, heard).look()
    assert len(heard.told) == 4
    assert len({headers["webhook-id"] for headers, _ in heard.told}) == 1, "no redirect was followed"
    heard.answers.extend([503] * 20)
    run(store, "r2")
    fails(store, "r2")
    for _ in range(12):
        await work(store, heard).look()
        due_now(store)
    states = {one.run_id: (one.state, one.attempts) for one in store.read_now(hooks.listed)}
    assert states == {"r1": (HookState.SENT, 4), "r2": (HookState.FAILED, 9)}
    heard.answers.clear()
    lost = next(one for one in store.read_now(hooks.listed) if one.run_id == "r2")
    assert store.write_now(hooks.replay, lost.id)
    await work(store, heard).look()
    assert store.read_now(hooks.listed, limit=1)[0].state is HookState.SENT


async def test_one_that_wants_to_hear_no_more_is_told_nothing_more(store: Store, heard: Heard) -> None:
    made = hook(store, heard.url)
    heard.answers.append(410)
    for name in ("r1", "r2"):
        run(store, name)
        fails(store, name)
        await work(store, heard).look()
        due_now(store)
    await work(store, heard).look()
    assert len(heard.told) == 1
    assert "410" in store.read_now(hooks.find, made.id).ended_why
    with pytest.raises(RunError, match="is told nothing more: it answered 410"):
        store.write_now(hooks.replay, store.read_now(hooks.listed)[0].id)


async def test_one_that_is_removed_is_forgotten(store: Store, heard: Heard) -> None:
    made = hook(store, heard.url)
    run(store, "r1")
    fails(store, "r1")
    store.write_now(hooks.spread, str)
    store.write_now(hooks.remove, made.id, BY)
    await work(store, heard).look()
    assert (heard.told, store.read_now(hooks.listed)) == ([], [])
    with pytest.raises(RunError, match="There is no hook"):
        store.write_now(hooks.remove, made.id, BY)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.8", "0.0.0.0", "224.0.0.1"]
)
@pytest.mark.parametrize("beside", [(), ("93.184.216.34",)])
async def test_no_private_address_is_told_anything(
    tmp_path: Path, heard: Heard, address: str, beside: tuple[str, ...]
) -> None:
    async def there(name: str, port: int) -> Collection[tuple[str, int]]:
        return [(one, heard.port) for one in (*beside, address)]

    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    hook(store, "https://looks.example.org/fine")
    run(store, "r1")
    fails(store, "r1")
    await HookWork(store, Sender((), there), str).look()
    (kept,) = store.read_now(hooks.listed)
    store.close()
    assert (kept.status, heard.told) == (0, [])
    assert "no public address" in kept.error_text


async def test_a_name_that_leads_elsewhere_the_next_time_is_judged_anew_and_asked_once_each_time(
    tmp_path: Path, heard: Heard
) -> None:
    asked = list[str]()

    async def rebinds(name: str, port: int) -> Collection[tuple[str, int]]:
        asked.append(name)
        return [("127.0.0.1" if len(asked) == 1 else "169.254.169.254", heard.port)]

    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    hook(store, heard.url)
    teller = HookWork(store, Sender({Endpoint("localhost", heard.port)}, rebinds), str)
    for number in (1, 2):
        run(store, f"r{number}")
        fails(store, f"r{number}")
        await teller.look()
        assert len(asked) == number, "what connects asks nobody once more"
    (later, first) = store.read_now(hooks.listed)
    store.close()
    assert (first.status, later.status, len(heard.told)) == (204, 0, 1)
    assert "no public address" in later.error_text


@pytest.mark.parametrize(
    "url",
    [
        "http://host.example.org/x",
        "ftp://host.example.org/x",
        "https://user:pass@host.example.org/x",
        "https:///x",
        "https://host.example.org:99999/x",
        "https://host.example.org/\r\nX: y",
        "file:///etc/passwd",
        "https://a..b/",
        "https://.example.org/",
        f"https://{'a' * 70}.example.org/",
        "https://münchen.example.org/",
        "https://host.example.org/ü",
        "https://ho st.example.org/",
        "https://\u3002/",
        "https://127.1/",
        "https://0x7f000001/",
        "",
    ],
)
def test_addresses_that_may_not_be_are_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        Sender().check(url)


@pytest.mark.parametrize(
    "url", ["https://host.example.org", "https://93.184.216.34/x?y=%C3%BC", "https://[2606:2800:21f::1]:8443/"]
)
def test_addresses_that_may_be_are_taken(url: str) -> None:
    Sender().check(url)


async def test_an_address_that_no_resolver_takes_keeps_nobody_else_from_being_told(store: Store, heard: Heard) -> None:
    for url in ("https://a..b/", f"https://{'a' * 70}.example.org/"):  # as a version of before took them
        hook(store, url)
    hook(store, heard.url)
    run(store, "r1")
    fails(store, "r1")
    await work(store, heard).look()
    assert sorted(one.state for one in store.read_now(hooks.listed)) == [HookState.DUE, HookState.DUE, HookState.SENT]


async def test_an_error_of_ours_is_written_down_and_the_others_are_told(store: Store, heard: Heard) -> None:
    async def broken(name: str, port: int) -> Collection[tuple[str, int]]:
        if name == "bad.example.org":
            raise RuntimeError("a bug")
        return await here(name, port)

    hook(store, "https://bad.example.org/")
    hook(store, heard.url)
    run(store, "r1")
    fails(store, "r1")
    await HookWork(store, Sender({Endpoint("localhost", heard.port)}, broken), str).look()
    assert len(heard.told) == 1
    assert [one.error_text for one in store.read_now(hooks.listed) if one.error_text] == [
        "Pullwright itself failed at this: its log says more"
    ]


async def test_who_answers_drop_by_drop_is_given_up_and_holds_up_nobody_else(store: Store, heard: Heard) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b"X-More: yes\r\n")
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1000), 0.02)
        writer.close()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as slow:
        port = slow.sockets[0].getsockname()[1]
        named = {Endpoint("localhost", heard.port), Endpoint("localhost", port)}
        hook(store, f"http://localhost:{port}/")
        for number in range(20):
            run(store, f"r{number}")
            fails(store, f"r{number}")
        working = HookWork(store, Sender(named, here, seconds=1.2), str)
        await working.look()
        hook(store, heard.url)
        run(store, "late")
        fails(store, "late")
        await working.look()
        assert [json.loads(body)["data"]["run"] for _, body in heard.told] == ["late"]
        while not (said := [one for one in store.read_now(hooks.listed) if one.error_text]):
            await asyncio.sleep(0.05)
        assert said[0].error_text == "it did not answer within 1.2 seconds"
        ending = asyncio.create_task(working.run(60.0))
        await asyncio.sleep(0)
        ending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ending
        await asyncio.sleep(0.1)  # the other side sees that nobody is there any more


def test_a_host_that_is_named_may_be_told_without_tls() -> None:
    Sender({Endpoint("ci.internal", 8080)}).check("http://ci.internal:8080/hook")
    with pytest.raises(ConfigError):
        Sender({Endpoint("ci.internal", 8080)}).check("http://ci.internal:8081/hook")
