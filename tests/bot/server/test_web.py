"""The webhook's door: what is refused, what is kept, and that nothing is acknowledged before it is on the disk."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.github.features import HEARD, events
from bot.webhook.intake.inbox import MOST_BYTES, NotADelivery, checked
from tests.fakes.webhook_door import BODY, SECRET, Door, opened
from workflows.store.web import role_changes


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as one:
        yield one


async def test_a_delivery_is_on_the_disk_before_it_is_acknowledged(door: Door) -> None:
    answer = await door.post()
    assert answer.status_code == 202
    assert door.kept() == [("72d3162e-cc78-11e3-81ab-4c9367dc0958", "issues", BODY, "stored")]
    assert door.woken


async def test_a_replay_is_acknowledged_again_and_changes_nothing(door: Door) -> None:
    await door.post()
    other = json.dumps({"action": "closed"}).encode()
    assert (await door.post(other)).status_code == 202
    assert [payload for _, _, payload, _ in door.kept()] == [BODY]


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (401, {"secret": b"another"}),
        (401, {"x_hub_signature_256": None}),
        (401, {"x_hub_signature_256": "sha256="}),
        (401, {"x_hub_signature_256": b"sha256=\xe9"}),
        (415, {"content_type": "application/x-www-form-urlencoded"}),
        (415, {"content_type": None}),
        (400, {"x_github_delivery": None}),
        (400, {"x_github_delivery": "' OR 1=1 --"}),
        (400, {"x_github_event": None}),
        (400, {"x_github_event": "Issues\t"}),
        (400, {"body": b"{"}),
        (400, {"body": b""}),
        (400, {"body": b'"a text"'}),
        (400, {"body": b"\xff\xfe"}),
        (400, {"body": b"[" * 100_000}),
        (413, {"content_length": str(MOST_BYTES + 1)}),
        (413, {"content_length": "many"}),
    ],
)
async def test_what_is_no_delivery_is_refused_and_not_kept(door: Door, status: int, request_: dict[str, Any]) -> None:
    answer = await door.post(**request_)
    assert answer.status_code == status
    assert len(answer.text) > 20, "says what is wrong"
    assert door.kept() == []


async def test_a_body_that_is_larger_than_it_said_is_not_read_to_its_end(door: Door) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"x" * 1024 * 1024

    signature = {"x-hub-signature-256": "sha256=" + "0" * 64}
    answer = await door.client.post("/webhook", content=endless(), headers=signature)
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert sent <= 27


async def test_a_body_without_a_signature_is_not_read_at_all(door: Door) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    assert (await door.client.post("/webhook", content=unread())).status_code == 401


AHEAD = sorted(set(events()) - HEARD)
"""What the App subscribes to before anything is done with it."""


@pytest.mark.parametrize("event", ["projects_v2_item", *AHEAD])
async def test_an_event_that_nothing_is_done_with_is_answered_and_not_kept(door: Door, event: str) -> None:
    answer = await door.post(x_github_event=event)
    assert (answer.status_code, answer.text[:7]) == (202, "ignored")
    assert door.kept() == []


@pytest.mark.parametrize("event", ["member", "organization", "installation", "repository", "membership"])
async def test_who_may_what_is_asked_anew_after_events_about_it_that_are_githubs(door: Door, event: str) -> None:
    assert (await door.post(secret=b"another", x_github_event=event)).status_code == 401
    assert door.rights == []
    await door.post(x_github_event=event)
    assert door.rights == [1]
    assert (word := door.store.read_now(role_changes.word)), "other processes see it"
    await door.post(x_github_event="issues", x_github_delivery="72d3162e-cc78-11e3-81ab-4c9367dc0959")
    assert door.rights == [1]
    assert door.store.read_now(role_changes.word) == word


async def test_the_signature_is_checked_before_anything_else_is_looked_at(door: Door) -> None:
    answer = await door.post(b"no json", secret=b"another", content_type="text/plain", x_github_event=None)
    assert answer.status_code == 401


async def test_before_an_app_is_set_up_nothing_is_taken(tmp_path: Path) -> None:
    async with opened(tmp_path, lambda: None) as door:
        assert (await door.post()).status_code == 503


async def test_what_cannot_be_stored_is_not_acknowledged_and_can_come_again(door: Door) -> None:
    door.store.write_now(lambda db: db.execute(sa.text("ALTER TABLE deliveries RENAME TO away")))
    answer = await door.post()
    assert answer.status_code == 503
    door.store.write_now(lambda db: db.execute(sa.text("ALTER TABLE away RENAME TO deliveries")))
    assert (await door.post()).status_code == 202
    assert len(door.kept()) == 1


async def test_many_at_once_are_each_kept_once(door: Door) -> None:
    guids = [f"00000000-0000-0000-0000-{number:012d}" for number in range(300)]
    answers = await asyncio.gather(*(door.post(x_github_delivery=guid) for guid in guids + guids[:50]))
    assert {answer.status_code for answer in answers} == {202}
    assert [row[0] for row in door.kept()] == guids
    assert len(door.woken) < len(guids), "commits are shared"


async def test_health_says_whether_the_database_answers(door: Door) -> None:
    answer = await door.client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["database"] == "sqlite"


async def test_health_fails_where_the_database_is_gone(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        door.store.close()
        (tmp_path / "app.sqlite").unlink()
        (tmp_path / "app.sqlite").mkdir()
        answer = await door.client.get("/health")
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text


async def test_people_read_what_this_is(door: Door) -> None:
    assert "Pullwright" in (await door.client.get("/")).text
    assert (await door.client.get("/webhook")).status_code == 405
    assert (await door.client.get("/elsewhere")).status_code == 404


def signed(body: bytes) -> str:
    return "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()


HEADERS = st.dictionaries(st.sampled_from(["x-github-event", "x-github-delivery", "content-type"]), st.text())


@given(HEADERS, st.binary())
def test_what_is_signed_is_either_a_delivery_or_refused(headers: dict[str, str], body: bytes) -> None:
    with suppress(NotADelivery):
        assert checked({"x-hub-signature-256": signed(body), **headers}, body, SECRET).payload == body


@given(st.binary() | st.just(BODY), st.text() | st.from_regex("sha256=[0-9a-f]{64}", fullmatch=True))
def test_what_is_not_signed_is_never_a_delivery(body: bytes, signature: str) -> None:
    headers = {"content-type": "application/json", "x-github-event": "issues", "x-github-delivery": "72d3162e-cc78"}
    assert checked({**headers, "x-hub-signature-256": signed(BODY)}, BODY, SECRET).payload == BODY
    with pytest.raises(NotADelivery):
        checked({**headers, "x-hub-signature-256": signature}, body, SECRET)
