"""Somebody is who they are by GitHub's number, whatever they call themselves, and whoever has their login now."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.github.api.errors import Gone, NotFound
from tests.bot.github.connecting import connected
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import Scene

__all__ = ["github"]


@pytest.fixture
def scene(github: GitHub) -> Iterator[Scene]:
    github.repository("octo/sample", private=True, roles={"alice": "write", "bob": "read"})
    app = github.app(secret="s3cret")
    installation = github.install(app, "octo")
    with github.client(github.token(app, installation)) as bot:
        yield Scene(github, app, installation, bot, github.as_user("alice"), github.as_user("bob"))


async def test_who_has_another_login_by_now_is_asked_for_by_that(scene: Scene) -> None:
    alice = scene.github.account("alice")["id"]
    async with connected(scene) as repo:
        assert await repo.permission("alice", alice) == "write"
        scene.github.rename_account("alice", "alicia")
        assert await repo.permission("alice", alice) == "write"
        assert await repo.permission("alice") == "none"
        assert (await repo.user("alice", alice)).login == "alicia"


async def test_who_took_over_a_login_has_nothing_of_whoever_had_it(scene: Scene) -> None:
    alice = scene.github.account("alice")["id"]
    scene.github.rename_account("alice", "alicia")
    mallory = scene.github.account("alice")["id"]
    async with connected(scene) as repo:
        assert await repo.permission("alice", mallory) == "none"
        assert await repo.permission("alice", alice) == "write", "it is alicia's"
        scene.github.roles("octo/sample", alice="admin", alicia="read")
        assert await repo.permission("alice", alice) == "read"
        assert await repo.permission("alice", mallory) == "admin"
        assert (await repo.user("alice", alice)).login == "alicia"
        assert (await repo.user("alice", mallory)).id == mallory


async def test_an_account_that_is_gone_may_nothing(scene: Scene) -> None:
    scene.github.rename_account("alice", "alicia")
    async with connected(scene) as repo:
        assert await repo.permission("alice", 999_999) == "none"
        assert await repo.permission("bob", 999_999) == "none"
        with pytest.raises((Gone, NotFound)):
            await repo.user("alice", 999_999)
