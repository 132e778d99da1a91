"""Whatever JSON stands where GitHub's should: it is one error of ours, and none of Python's."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.github.api.errors import refusal
from bot.github.api.http import Clock, Door
from bot.github.api.shape import Misshapen
from bot.github.api.transport import HttpAnswer, HttpRequest, Unreachable, Wire
from bot.github.client import GitHub
from bot.github.repository import RepositoryClient
from bot.webhook.events.reading import KNOWN, UnreadablePayload, parse
from sandbox.errors import TransientError, UserError
from tests.bot.github.connecting import app_client, connected
from tests.fakes.github.scene import REPO, Scene
from tests.fakes.mutations import ODD, damaged, disfigured

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
ON_APP: dict[str, Callable[[GitHub], Awaitable[object]]] = {
    "app": lambda github: github.app(),
    "installations": lambda github: github.installations(),
    "installation_of": lambda github: github.installation_of("octo/sample"),
    "hook_url": lambda github: github.hook_url(),
    "deliveries": lambda github: github.deliveries(LONG_AGO),
}
ON_REPOSITORY: dict[str, Callable[[RepositoryClient, int, int], Awaitable[object]]] = {
    "info": lambda repo, issue, pull: repo.info(),
    "permission": lambda repo, issue, pull: repo.permission("alice"),
    "user": lambda repo, issue, pull: repo.user("alice"),
    "file": lambda repo, issue, pull: repo.file("README.md"),
    "branch": lambda repo, issue, pull: repo.branch("main"),
    "is_protected": lambda repo, issue, pull: repo.is_protected("main"),
    "compare": lambda repo, issue, pull: repo.compare("main", "change"),
    "issue": lambda repo, issue, pull: repo.issue(issue),
    "comments": lambda repo, issue, pull: repo.comments(issue),
    "acts": lambda repo, issue, pull: repo.acts(issue),
    "labels": lambda repo, issue, pull: repo.labels(issue),
    "comment": lambda repo, issue, pull: repo.comment(issue, "words"),
    "pull": lambda repo, issue, pull: repo.pull(pull),
    "find_pull": lambda repo, issue, pull: repo.find_pull("change"),
    "update_pull": lambda repo, issue, pull: repo.update_pull(pull, title="Title"),
    "reviews": lambda repo, issue, pull: repo.reviews(pull),
    "releases": lambda repo, issue, pull: repo.releases(),
}


class Recording(Door):
    """The door, which notes the last answer; with `instead` it gives that body, and asks nobody."""

    last: Any = None
    instead: Callable[[], Any] | None = None

    async def send(self, request: HttpRequest, badge: Any, *, made: Any = None) -> HttpAnswer:
        if Recording.instead is not None:
            return HttpAnswer(200, Recording.instead())
        answer = await super().send(request, badge, made=made)
        Recording.last = copy.deepcopy(answer.body)
        return answer


@pytest.fixture(autouse=True)
def recording(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.github.client.Door", Recording)
    monkeypatch.setattr(Recording, "instead", None)


def _holds(real: Any, ask: Callable[[], Awaitable[object]], monkeypatch: pytest.MonkeyPatch, loop: Any) -> None:
    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(disfigured(real))
    def holds(body: Any) -> None:
        monkeypatch.setattr(Recording, "instead", lambda: body)
        try:
            loop.run_until_complete(ask())
        except (UserError, TransientError):
            return

    holds()


@pytest.mark.parametrize("method", ON_REPOSITORY)
def test_any_json_in_an_answer_about_a_repository_is_one_of_our_errors(
    method: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.branch("change", "one.txt")
    number = scene.issue("It is broken", labels=["bug"], assignees=["alice"])
    scene.alice.post(f"{REPO}/issues/{number}/comments", json={"body": "words"}).raise_for_status()
    opened = scene.alice.post(f"{REPO}/pulls", json={"title": "T", "head": "change", "base": "main"})
    pull = opened.raise_for_status().json()["number"]

    with asyncio.Runner() as runner:
        loop = runner.get_loop()

        async def record() -> RepositoryClient:
            async with connected(scene) as repo:
                await ON_REPOSITORY[method](repo, number, pull)
                return repo

        repo = loop.run_until_complete(record())
        assert Recording.last is not None
        _holds(Recording.last, lambda: ON_REPOSITORY[method](repo, number, pull), monkeypatch, loop)


@pytest.mark.parametrize("method", ON_APP)
def test_any_json_in_an_answer_about_the_app_is_one_of_our_errors(
    method: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.issue()
    scene.github.settle()
    with asyncio.Runner() as runner:
        loop = runner.get_loop()

        async def record() -> GitHub:
            async with app_client(scene) as github:
                await ON_APP[method](github)
                return github

        github = loop.run_until_complete(record())
        assert Recording.last is not None
        _holds(Recording.last, lambda: ON_APP[method](github), monkeypatch, loop)


@pytest.mark.parametrize("body", [None, [], "text", 7, {"token": None}, {"token": "x", "expires_at": "soon"}])
async def test_a_token_that_is_none_is_tried_again_later(
    body: Any, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(scene) as repo:
        monkeypatch.setattr(Recording, "instead", lambda: body)
        with pytest.raises(Misshapen, match="not as it should be"):
            await repo._reader.header()


@given(ODD, st.sampled_from([400, 401, 403, 404, 422, 451]))
def test_the_body_of_a_refusal_may_be_anything(body: Any, status: int) -> None:
    for told in (body, {"message": body}, {"errors": body}, {"errors": [body, {"message": body, "field": body}]}):
        assert str(refusal(status, told, {}, "GET /x"))


REAL = b'{"id": 1, "name": "a\\u00e9", "owner": {"login": "octo", "id": 2}, "topics": ["a"], "x": [null, true]}'


@settings(max_examples=60)
@given(
    damaged(REAL)
    | st.sampled_from([b"[" * 100_000, b"NaN", b'{"a": ' + b"9" * 5000 + b"}", b'{"a":1,"a":2}', b'"\\ud800"'])
)
def test_bytes_that_are_no_json_are_an_answer_that_was_cut_off(data: bytes) -> None:
    async def ask() -> HttpAnswer:
        wire = Wire("https://api.example")
        transport = httpx.MockTransport(
            lambda _: httpx.Response(200, content=data, headers={"content-type": "application/json"})
        )
        line = __import__("bot.github.api.transport", fromlist=["_Line"])._Line("https://api.example", httpx.Timeout(5))
        line._client._transport, line._client._mounts = transport, {}
        wire._lines[asyncio.get_running_loop()] = line
        try:
            return await wire.ask(HttpRequest("GET", "/x"), "token x")
        finally:
            await wire.close()

    try:
        asyncio.run(ask())
    except Unreachable:
        return


@pytest.mark.parametrize(
    "headers", [{"retry-after": "nan"}, {"retry-after": "inf"}, {"retry-after": "-1"}, {"x-ratelimit-reset": "nan"}]
)
async def test_odd_numbers_of_seconds_are_a_wait_that_ends(headers: dict[str, str]) -> None:
    waits: list[float] = []

    class Refusing:
        async def ask(self, request: HttpRequest, authorization: str, etag: str = "") -> HttpAnswer:
            return HttpAnswer(429, {}, {"x-ratelimit-remaining": "0", **headers})

        def inside(self, address: str) -> bool:
            return True

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    class Badge:
        key = "x"

        async def header(self) -> str:
            return "token x"

        def renew(self, header: str) -> bool:
            return False

    door = Door(Refusing(), clock=Clock(lambda: 1000.0 + sum(waits), sleep))  # type: ignore[arg-type]
    with pytest.raises(TransientError):
        await door.send(HttpRequest("GET", "/x"), Badge())
    assert all(0 <= wait <= 75 for wait in waits)


def test_an_address_that_is_none_is_not_inside() -> None:
    for address in ("http://[", "https://api.example:99999999", "\0", "https://\ud800"):
        assert Wire("https://api.example").inside(address) is False


PAYLOAD = {
    "action": "created",
    "installation": {"id": 5, "account": {"login": "octo", "id": 1, "type": "User"}},
    "repository": {"id": 9, "full_name": "octo/sample", "default_branch": "main", "archived": False},
    "sender": {"login": "alice", "id": 3, "type": "User"},
    "issue": {
        "number": 7,
        "title": "T",
        "body": "B",
        "user": {"login": "bob", "id": 4},
        "labels": [{"name": "bug"}],
        "state": "open",
    },
    "comment": {"id": 11, "body": "/fix", "user": {"login": "bob", "id": 4}, "created_at": "2026-01-01T00:00:00Z"},
    "label": {"name": "bug"},
    "assignee": {"login": "alice", "id": 3},
    "pull_request": {
        "number": 8,
        "state": "open",
        "merged": False,
        "draft": None,
        "user": {"login": "bob", "id": 4},
        "head": {"ref": "x", "sha": "y", "repo": {"id": 9, "full_name": "bob/sample"}},
        "base": {"ref": "main", "sha": "z"},
        "labels": [{"name": "bug"}],
    },
    "requested_reviewer": {"login": "carol", "id": 6},
    "review": {"id": 12, "state": "approved", "body": None, "commit_id": "y"},
    "check_run": {
        "id": 13,
        "name": "lint",
        "conclusion": "failure",
        "head_sha": "y",
        "check_suite": {"head_branch": "x"},
        "app": {"slug": "ci"},
        "pull_requests": [{"number": 8}],
    },
    "check_suite": {"id": 14, "conclusion": "failure", "head_sha": "y", "head_branch": "x", "pull_requests": []},
    "release": {"id": 15, "tag_name": "v1", "draft": True, "prerelease": False, "target_commitish": "main"},
    "deployment": {"id": 16, "ref": "v1", "sha": "y", "environment": "production"},
    "deployment_status": {"state": "failure", "description": "", "log_url": "u"},
    "ref": "refs/tags/v1",
    "before": "0000000000000000000000000000000000000000",
    "after": "y",
    "changes": {"body": {"from": "before"}},
}


@settings(max_examples=200)
@given(
    st.sampled_from(sorted(KNOWN)),
    st.sampled_from(["created", "edited", "assigned", "labeled", "opened", "submitted", "completed", "synchronize"]),
    disfigured(PAYLOAD),
)
def test_any_json_in_a_webhook_is_an_event_or_one_of_our_errors(name: str, action: str, payload: Any) -> None:
    if isinstance(payload, dict) and payload.get("action") == "created":
        payload = {**payload, "action": action}
    try:
        event = parse(name, payload)
    except UnreadablePayload:
        return
    if event is not None:
        repr(event).encode("utf-8")
        assert all(0 <= n < 2**63 for n in _numbers(event))


def _numbers(event: Any) -> list[int]:
    import dataclasses

    flat = [event]
    for one in flat:
        if dataclasses.is_dataclass(one):
            flat += [getattr(one, f.name) for f in dataclasses.fields(one)]
    return [one for one in flat if type(one) is int]
