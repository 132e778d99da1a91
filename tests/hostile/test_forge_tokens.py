"""Tokens that git uses: in the environment of that one git process, and nowhere else while it works or afterwards."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.errors import RepositoryError, TransientError
from sandbox.git.history import Person
from sandbox.git.repository import Repository
from tests.bot.github.connecting import connected
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.github.scene import Scene
from tests.fakes.processes import command_lines
from workflows.ports import Remote


@pytest.fixture
def hidden(github: GitHub) -> Iterator[Scene]:
    """octo/hidden, private, with the App installed."""
    github.repository("octo/hidden", private=True, roles={"alice": "write"})
    app = github.app(secret="s3cret")
    installation = github.install(app, "octo")
    with github.client(github.token(app, installation)) as bot:
        yield Scene(github, app, installation, bot, github.as_user("alice"), github.as_user("alice"))


def forms(*remotes: Remote) -> set[bytes]:
    """What must not be seen: the tokens, and their encoded form in the header."""
    found = set()
    for remote in remotes:
        encoded = remote.env["GIT_CONFIG_VALUE_0"].rpartition(" ")[2]
        found |= {encoded.encode(), base64.b64decode(encoded).rpartition(b":")[2]}
    return found


async def test_tokens_are_in_no_command_line_while_git_speaks_and_in_no_file_afterwards(
    hidden: Scene, tmp_path: Path
) -> None:
    mirror = Repository.mirror(tmp_path / "mirror.git")
    async with connected(hidden, "octo/hidden") as repo:
        reading, writing = await repo.remote(), await repo.remote(write=True)
        hidden.github.fault("/octo/hidden.git/info/refs", kind="hang", seconds=1.0)
        fetching = asyncio.create_task(asyncio.to_thread(mirror.fetch, reading.url, env=reading.env))
        seen = b""
        while not fetching.done():
            seen += b"\n".join(line for _, line in command_lines() if b"git" in line)
            await asyncio.sleep(0.02)
        with pytest.raises((RepositoryError, TransientError)) as broken:
            await fetching
        await asyncio.to_thread(mirror.fetch, reading.url, env=reading.env)
        base = await repo.branch("main")
        assert base is not None
        who = Person("Bot", "bot@example.com")
        commit = mirror.write_commit(
            mirror.tree_of(base), [base], "One more", author=who, committer=who, when=1_800_000_000
        )
        await asyncio.to_thread(mirror.push, writing.url, commit, "fix/issue-1", expected=None, env=writing.env)
        assert await repo.branch("fix/issue-1") == commit
    assert b"git-remote-http" in seen, "git was not seen while it spoke"
    for form in forms(reading, writing):
        assert form not in seen
        assert form.decode() not in f"{broken.value} {broken.value!r} {reading!r} {writing!r}"
        holding = [file for file in tmp_path.rglob("*") if file.is_file() and form in file.read_bytes()]
        assert not [file for file in holding if "github" not in file.parts]


async def test_a_token_of_one_repository_opens_no_other_and_one_that_reads_writes_nothing(hidden: Scene) -> None:
    hidden.github.repository("octo/other", private=True)
    async with connected(hidden, "octo/hidden") as repo:
        reading = await repo.remote()
        writing = await repo.remote(write=True)
    token = base64.b64decode(writing.env["GIT_CONFIG_VALUE_0"].rpartition(" ")[2]).decode().rpartition(":")[2]
    reader = base64.b64decode(reading.env["GIT_CONFIG_VALUE_0"].rpartition(" ")[2]).decode().rpartition(":")[2]
    with hidden.github.client(token) as client:
        assert client.get("/repos/octo/hidden").status_code == 200
        assert client.get("/repos/octo/other").status_code == 404
    number = hidden.alice.post("/repos/octo/hidden/issues", json={"title": "It is broken"}).json()["number"]
    with hidden.github.client(reader) as client:
        answer = client.post(f"/repos/octo/hidden/issues/{number}/comments", json={"body": "May I?"})
        assert answer.status_code == 403


async def test_credentials_are_sent_by_git_to_their_own_server_alone(hidden: Scene, tmp_path: Path) -> None:
    """A repository's content can name other servers (submodules, redirects); the header is bound to one address."""
    async with connected(hidden, "octo/hidden") as repo:
        remote = await repo.remote()
    assert remote.env["GIT_CONFIG_KEY_0"] == f"http.{hidden.github.url}/.extraHeader"
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    elsewhere = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/octo/hidden.git"
    mirror = Repository.mirror(tmp_path / "mirror.git")
    with pytest.raises((RepositoryError, TransientError)):
        await asyncio.to_thread(mirror.fetch, elsewhere, env=remote.env)
    server.close()
    assert heard
    assert not [head for head in heard if b"authorization" in head.lower()]
