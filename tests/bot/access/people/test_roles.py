"""What somebody is, is asked of GitHub once a minute for what is shown, and each time for what is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.access.people.heard_changes import HeardChanges
from bot.access.people.roles import KEPT_SECONDS, GitHubRoles
from bot.access.people.visitors import Visitor, WebVisit
from bot.github.api.models import RepositoryInfo
from tests.fakes.visiting import house
from workflows.errors import NotFound, Refused, TransientError
from workflows.runs.principal import Role
from workflows.store.audit import Asker
from workflows.store.web import keys, role_changes, sessions
from workflows.store.web.keys import KeyScope
from workflows.store.web.run_search import KnownRepository

HERE = KnownRepository("github.com/o/old", "github.com/o/r", "github", 7)


@dataclass
class Collaborators:
    """GitHub, as far as it is asked."""

    answer: Callable[[], str] = lambda: "write"
    asked: list[tuple[int, str, str]] = field(default_factory=list)
    where: tuple[int, str] = (0, "")
    number: int = 1

    def repository(self, installation: int, full_name: str) -> Collaborators:
        self.where = (installation, full_name)
        return self

    async def info(self) -> RepositoryInfo:
        return RepositoryInfo(self.number, self.where[1], "main", "")

    async def permission(self, login: str, account: int = 0) -> str:
        self.asked.append((*self.where, login))
        await asyncio.sleep(0)
        return self.answer()


def fails(error: Exception) -> Callable[[], str]:
    def answer() -> str:
        raise error

    return answer


async def test_an_answer_is_good_for_a_minute_and_many_who_ask_at_once_ask_once() -> None:
    github, now = Collaborators(), [0.0]
    roles = GitHubRoles(lambda: github, clock=lambda: now[0])
    assert await asyncio.gather(*(roles.role("Alice", HERE) for _ in range(5))) == [Role.WRITE] * 5
    assert await roles.role("alice", HERE) is Role.WRITE
    assert github.asked == [(7, "o/r", "Alice")], "under the name that it has now"
    now[0] += KEPT_SECONDS
    github.answer = lambda: "none"
    assert await roles.role("alice", HERE) is Role.NONE
    assert len(github.asked) == 2


async def test_who_sees_many_repositories_does_not_take_all_requests() -> None:
    github, now = Collaborators(), [0.0]
    roles = GitHubRoles(lambda: github, clock=lambda: now[0])
    there = [KnownRepository(f"github.com/o/r{at}", f"github.com/o/r{at}", "github", 7) for at in range(200)]
    for now[0] in range(0, 3600, 20):
        for one in there:
            await roles.role("alice", one)
        await roles.role("bob", HERE)
    asked = [login for *_, login in github.asked]
    assert asked.count("alice") <= 200 + 700
    assert asked.count("bob") == 60, "who sees few is asked for each minute"
    roles.forget()
    assert await roles.role("alice", there[0]) is Role.WRITE
    assert len(github.asked) == len(asked) + 1


async def test_of_many_repositories_several_are_asked_for_at_once(tmp_path: Path) -> None:
    together = asyncio.Barrier(4)

    class Roles:
        async def role(self, login: str, repository: KnownRepository, account: int = 0) -> Role:
            async with asyncio.timeout(5):
                await together.wait()
            return Role.READ if repository.name != "github.com/o/r1" else Role.NONE

    async with house(tmp_path) as opened:
        for at in range(4):
            opened.run(f"r{at}", f"github.com/o/r{at}")
        visit = WebVisit(Visitor("alice"), opened.store, Roles())
        assert await visit.readable_names() == {f"github.com/o/r{at}" for at in (0, 2, 3)}


async def test_what_was_said_before_a_change_is_not_kept_behind_it() -> None:
    github = Collaborators()
    roles = GitHubRoles(lambda: github)
    asking = asyncio.create_task(roles.role("alice", HERE))
    while not github.asked:
        await asyncio.sleep(0)
    github.answer, said = lambda: "none", github.answer
    assert said() == "write"
    roles.forget()
    assert await asking is Role.NONE
    assert await roles.role("alice", HERE) is Role.NONE
    assert len(github.asked) == 2


async def test_before_something_is_done_it_is_asked_each_time() -> None:
    github = Collaborators()
    roles = GitHubRoles(lambda: github, kept_seconds=0.0)
    await roles.role("alice", HERE)
    github.answer = lambda: "read"
    assert await roles.role("alice", HERE) is Role.READ


@pytest.mark.parametrize("error", [TransientError("away"), Refused("no", status=403)])
async def test_what_is_not_answered_is_nobodys_right_and_is_asked_again(error: Exception) -> None:
    github = Collaborators(answer=fails(error))
    roles = GitHubRoles(lambda: github)
    with pytest.raises(TransientError):
        await roles.role("alice", HERE)
    github.answer = lambda: "admin"
    assert await roles.role("alice", HERE) is Role.ADMIN


async def test_what_is_not_there_for_us_is_for_nobody() -> None:
    github = Collaborators(answer=fails(NotFound("gone")))
    assert await GitHubRoles(lambda: github).role("alice", HERE) is Role.NONE
    assert await GitHubRoles(lambda: None).role("alice", HERE) is Role.NONE
    assert await GitHubRoles(lambda: github).role("", HERE) is Role.NONE
    local = KnownRepository("/srv/x", "/srv/x", "", 0)
    assert await GitHubRoles(lambda: github).role("alice", local) is Role.NONE


async def test_what_was_kept_is_forgotten_where_rights_may_have_changed() -> None:
    github = Collaborators()
    roles = GitHubRoles(lambda: github)
    await roles.role("alice", HERE)
    roles.forget()
    await roles.role("alice", HERE)
    assert len(github.asked) == 2


async def test_what_one_process_hears_of_roles_ends_what_all_others_keep() -> None:
    github, now, word = Collaborators(), [0.0], ["a"]

    async def changes() -> str:
        return word[0]

    other = GitHubRoles(lambda: github, clock=lambda: now[0], changes=HeardChanges(changes, lambda: now[0]))
    assert await other.role("alice", HERE) is Role.WRITE
    github.answer = lambda: "none"
    assert await other.role("alice", HERE) is Role.WRITE, "it is kept"
    word[0] = "b"
    now[0] += 1.1
    assert await other.role("alice", HERE) is Role.NONE
    asked = len(github.asked)
    now[0] += 1.1
    await other.role("alice", HERE)
    assert len(github.asked) == asked, "the same word says nothing new"


async def test_the_word_is_another_one_after_each_change(tmp_path: Path) -> None:
    async with house(tmp_path) as opened:
        seen = [opened.store.read_now(role_changes.word)]
        for _ in range(2):
            opened.store.write_now(role_changes.note)
            seen.append(opened.store.read_now(role_changes.word))
        assert len(set(seen)) == 3


async def test_a_session_and_a_key_are_whose_they_were_and_not_whose_the_login_is_by_now(tmp_path: Path) -> None:
    async with house(tmp_path) as opened:
        opened.run("r1")
        cookie = opened.store.write_now(sessions.begin, "alice", 11)
        by = Asker("you", "cli")
        key = opened.store.write_now(keys.make, "t", [KeyScope.READ], by, login="alice", account=11)[1]
        them = [opened.visitor(cookie), opened.visitor(key=key)]
        paths = ["/admin/runs/r1", "/api/v1/runs/r1"]
        for path, one in zip(paths, them, strict=True):
            assert (await one.get(path)).status_code == 200
        opened.roles.numbers["alice"] = 99
        for path, one in zip(paths, them, strict=True):
            assert (await one.get(path)).status_code == 404
            await one.aclose()


async def test_an_answer_about_one_account_is_not_kept_for_another_with_the_same_login() -> None:
    github = Collaborators()
    roles = GitHubRoles(lambda: github)
    assert await roles.role("alice", HERE, 11) is Role.WRITE
    github.answer = lambda: "none"
    assert await roles.role("alice", HERE, 99) is Role.NONE
    assert await roles.role("alice", HERE, 11) is Role.WRITE


async def test_a_repository_that_took_over_a_name_shows_nobody_the_runs_of_the_one_before() -> None:
    github, now = Collaborators(lambda: "read"), [0.0]
    roles, asked = GitHubRoles(lambda: github, clock=lambda: now[0]), GitHubRoles(lambda: github, kept_seconds=0.0)
    here = replace(HERE, number=1)
    for one in (roles, asked):
        assert await one.role("alice", here) is Role.READ
    github.number = 2
    assert await asked.role("alice", here) is Role.NONE
    assert await roles.role("bob", here) is Role.READ, "it is asked once a minute"
    now[0] += KEPT_SECONDS
    for login in ("alice", "bob"):
        assert await roles.role(login, here) is Role.NONE
    github.number = 1
    roles.forget()
    assert await roles.role("alice", here) is Role.READ
