"""What fails at GitHub is repeated as its answers say, and never done twice; the rest ends in a sentence."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
import pytest
import respx

from bot.github.api.errors import Gone, NotFound, Refused
from bot.github.api.http import FAILURES, TRIES, Door
from bot.github.api.rate_limit import Pace
from bot.github.api.transport import HttpRequest, Wire
from sandbox.errors import TransientError, UserError
from tests.bot.github.connecting import Hurried, app_client, connected
from tests.fakes.github.scene import REPO, Scene

Json = Any
ISSUE = f"{REPO}/issues/1"
COMMENTS = f"{REPO}/issues/1/comments"


def said(scene: Scene) -> list[str]:
    return [one["body"] for one in scene.alice.get(COMMENTS).raise_for_status().json()]


# --- what may pass by itself


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"status": 502}, {"status": 503}, {"kind": "reset"}, {"kind": "hang"}],
    ids=lambda fault: str(fault.get("status") or fault["kind"]),
)
async def test_reading_is_tried_again(scene: Scene, fault: Json) -> None:
    scene.issue("It is broken")
    scene.github.fault(ISSUE, times=2, **fault)
    hurried = Hurried()
    async with connected(scene, hurried=hurried, timeout=0.5) as repo:
        assert (await repo.issue(1)).title == "It is broken"
    assert len(hurried.waits) == 2
    assert hurried.waits == sorted(hurried.waits)


async def test_what_does_not_pass_is_given_up_as_transient(scene: Scene) -> None:
    scene.issue()
    scene.github.fault(ISSUE, times=100, status=502)
    async with connected(scene) as repo:
        with pytest.raises(TransientError, match="trouble"):
            await repo.issue(1)
    assert sum(one["path"] == ISSUE for one in scene.github.requests()) == TRIES


async def test_while_github_is_away_nothing_is_sent_but_one_request_that_looks_whether_it_is_back(scene: Scene) -> None:
    scene.issue("It is broken")
    scene.github.fault(ISSUE, times=FAILURES + 1, status=502)
    scene.github.fault("/rate_limit", times=2, status=502)
    hurried = Hurried()

    def sent() -> int:
        return sum(one["path"] == ISSUE for one in scene.github.requests())

    async with connected(scene, hurried=hurried) as repo:
        for _ in range(FAILURES // TRIES):
            with pytest.raises(TransientError) as caught:
                await repo.issue(1)
        assert caught.value.away, "with the last of them"
        with pytest.raises(TransientError, match="GitHub does not answer; it is asked again in 15 s") as caught:
            await repo.issue(1)
        assert sent() == FAILURES
        hurried.at += caught.value.retry_after or 0
        with pytest.raises(TransientError, match=r"status 502.*asked again in 30 s|does not answer.*in \d+ s"):
            await repo.issue(1)
        assert sent() == FAILURES + 1, "one probe, and a longer rest"
        hurried.at += 30
        assert (await repo.issue(1)).title == "It is broken"


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"kind": "reset"}])
async def test_one_part_of_github_that_is_out_does_not_make_all_of_it_away(scene: Scene, fault: Json) -> None:
    scene.issue("It is broken")
    scene.github.fault("/repos/octo/sample/issue-types", times=1000, **fault)
    async with connected(scene, hurried=Hurried()) as repo:
        for _ in range(3 * FAILURES // TRIES):
            with pytest.raises(TransientError) as caught:
                await repo.issue_types()
            assert not caught.value.away
        assert (await repo.issue(1)).title == "It is broken"


async def test_a_probe_that_meets_the_part_that_is_out_finds_github_back_all_the_same(scene: Scene) -> None:
    scene.issue("It is broken")
    for path, times in (("/repos/octo/sample/issue-types", 1000), ("/rate_limit", 1)):
        scene.github.fault(path, times=times, status=503)
    hurried = Hurried()
    async with connected(scene, hurried=hurried) as repo:
        for _ in range(FAILURES // TRIES):
            with pytest.raises(TransientError) as caught:
                await repo.issue_types()
        assert caught.value.away, "nothing answered"
        hurried.at += caught.value.retry_after or 0
        with pytest.raises(TransientError):
            await repo.issue_types()
        assert (await repo.issue(1)).title == "It is broken"


async def test_what_github_asks_and_refuses_does_not_make_it_away(scene: Scene) -> None:
    scene.issue("It is broken")
    hurried = Hurried()
    async with connected(scene, hurried=hurried) as repo:
        for _ in range(FAILURES + 1):
            scene.github.fault(ISSUE, kind="secondary", seconds=1)
            await repo.issue(1)
        for _ in range(FAILURES + 1):
            with pytest.raises(NotFound):
                await repo.issue(99)
        assert (await repo.issue(1)).title == "It is broken"


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 504}, {"kind": "reset"}, {"kind": "hang"}])
async def test_a_comment_is_posted_once_whatever_became_of_the_answer(scene: Scene, fault: Json, late: bool) -> None:
    scene.issue()
    scene.github.fault(COMMENTS, method="POST", late=late, **fault)
    async with connected(scene, timeout=0.5) as repo:
        posted = await repo.comment(1, "Once\r\nand for all")
        assert [one.id for one in await repo.comments(1)] == [posted]


async def test_a_comment_is_found_though_the_last_try_made_it(scene: Scene) -> None:
    scene.issue()
    scene.github.fault(COMMENTS, method="POST", status=502, times=TRIES - 1)
    scene.github.fault(COMMENTS, method="POST", status=502, late=True)
    async with connected(scene) as repo:
        posted = await repo.comment(1, "At the last moment")
        assert [one.id for one in await repo.comments(1)] == [posted]


async def test_a_comment_that_somebody_else_made_is_not_taken_for_ours(scene: Scene) -> None:
    scene.issue()
    scene.alice.post(COMMENTS, json={"body": "Once"}).raise_for_status()
    scene.github.fault(COMMENTS, method="POST", kind="reset")
    async with connected(scene) as repo:
        await repo.comment(1, "Once")
    assert said(scene) == ["Once", "Once"]


async def test_a_pull_request_is_opened_once_though_its_answer_is_lost(scene: Scene) -> None:
    scene.branch("fix/issue-1", "one.txt")
    scene.github.fault(f"{REPO}/pulls", method="POST", kind="reset", late=True)
    async with connected(scene) as repo:
        pull = await repo.create_pull("Mend it", "Fixes #1", head="fix/issue-1", base="main")
    assert [one["number"] for one in scene.alice.get(f"{REPO}/pulls").json()] == [pull.number]


async def test_a_check_is_made_once_though_its_answer_is_lost(scene: Scene) -> None:
    head = scene.branch("fix/issue-1", "one.txt")
    scene.github.fault(f"{REPO}/check-runs", method="POST", status=502, late=True)
    async with connected(scene) as repo:
        check = await repo.create_check("pullwright", head, external_id="run-1")
    found = scene.alice.get(f"{REPO}/commits/{head}/check-runs").json()["check_runs"]
    assert [one["id"] for one in found] == [check.id]


async def test_deleting_again_what_the_lost_answer_deleted_is_fine(scene: Scene) -> None:
    scene.branch("fix/issue-1")
    scene.github.fault(f"{REPO}/git/refs/heads/fix/issue-1", method="DELETE", kind="reset", late=True)
    async with connected(scene) as repo:
        await repo.delete_ref("fix/issue-1")
        assert await repo.branch("fix/issue-1") is None


# --- limits


async def test_a_secondary_limit_is_waited_for_as_long_as_it_says(scene: Scene) -> None:
    scene.issue()
    scene.github.fault(COMMENTS, method="POST", kind="secondary", seconds=7)
    hurried = Hurried()
    async with connected(scene, hurried=hurried) as repo:
        await repo.comment(1, "After a while")
    assert hurried.waits == [7.0]
    assert said(scene) == ["After a while"]


@pytest.mark.parametrize("status", [403, 429])
async def test_a_limit_that_says_nothing_is_a_minute(scene: Scene, status: int) -> None:
    scene.issue()
    message = "You have exceeded a secondary rate limit."
    scene.github.fault(ISSUE, status=status, message=message)
    hurried = Hurried()
    async with connected(scene, hurried=hurried) as repo:
        await repo.issue(1)
    assert hurried.waits == [60.0]


async def test_a_long_limit_is_handed_up_and_nothing_more_is_asked_until_then(scene: Scene) -> None:
    scene.issue()
    scene.github.fault(ISSUE, kind="secondary", seconds=900)
    hurried = Hurried()
    async with connected(scene, hurried=hurried) as repo:
        with pytest.raises(TransientError) as first:
            await repo.issue(1)
        asked = len(scene.github.requests())
        with pytest.raises(TransientError) as second:
            await repo.comments(1)
        assert len(scene.github.requests()) == asked
        assert (first.value.retry_after, second.value.retry_after) == (900.0, 900.0)
        assert hurried.waits == []
        hurried.at += 901
        assert await repo.comments(1) == []


async def test_a_spent_hourly_limit_is_waited_for_until_it_is_filled(scene: Scene) -> None:
    scene.issue()
    scene.github.fault(ISSUE, kind="rate", seconds=3600)
    hurried = Hurried(at=time.time())
    async with connected(scene, hurried=hurried) as repo:
        with pytest.raises(TransientError) as caught:
            await repo.issue(1)
    assert caught.value.retry_after is not None
    assert 3500 < caught.value.retry_after < 3700


def test_a_pace_lets_so_many_through_in_a_minute_and_in_an_hour() -> None:
    pace = Pace(per_minute=2, per_hour=3)
    assert [pace.wait("a", at) for at in (0.0, 10.0)] == [0.0, 0.0]
    assert pace.wait("a", 20.0) == 40.0
    assert pace.wait("b", 20.0) == 0.0
    assert pace.wait("a", 60.0) == 0.0
    assert pace.wait("a", 130.0) == 3470.0
    assert pace.wait("a", 3600.0) == 0.0


async def test_more_is_not_posted_in_a_minute_than_github_lets_pass(scene: Scene) -> None:
    scene.issue()
    hurried = Hurried()
    async with connected(scene, hurried=hurried) as repo:
        for count in range(81):
            await repo.comment(1, str(count))
    assert sum(hurried.waits) == 60.0


async def test_what_is_edited_counts_as_what_is_new_does(scene: Scene) -> None:
    scene.issue()
    hurried = Hurried()
    async with connected(scene, hurried=hurried) as repo:
        comment = await repo.comment(1, "0")
        for count in range(80):
            await repo.edit_comment(comment, str(count))
    assert sum(hurried.waits) == 60.0


# --- what was read already


@respx.mock
async def test_what_has_not_changed_is_not_sent_again(respx_mock: respx.MockRouter) -> None:
    title = "First"

    def answer(request: httpx.Request) -> httpx.Response:
        same = request.headers.get("if-none-match") == title
        return httpx.Response(304) if same else httpx.Response(200, json=title, headers={"etag": title})

    route = respx_mock.get("https://api.test/title").mock(side_effect=answer)
    async with opened() as door:
        read = [(await door.send(HttpRequest("GET", "/title"), Plain())).body for _ in range(2)]
        title = "Second"
        read.append((await door.send(HttpRequest("GET", "/title"), Plain())).body)
    assert read == ["First", "First", "Second"]
    assert [call.response.status_code for call in route.calls] == [200, 304, 200]


@respx.mock
async def test_what_is_large_is_not_kept_however_small_it_came(respx_mock: respx.MockRouter) -> None:
    packed = gzip.compress(json.dumps("x" * 100_000).encode())
    headers = {"etag": "one", "content-encoding": "gzip", "content-type": "application/json"}
    route = respx_mock.get("https://api.test/large").respond(200, content=packed, headers=headers)
    async with opened() as door:
        for _ in range(2):
            assert len((await door.send(HttpRequest("GET", "/large"), Plain())).body) == 100_000
    assert not any("if-none-match" in call.request.headers for call in route.calls)


async def test_what_somebody_changed_is_read_anew(scene: Scene) -> None:
    scene.issue("First")
    async with connected(scene) as repo:
        titles = [(await repo.issue(1)).title for _ in range(2)]
        scene.alice.patch(ISSUE, json={"title": "Second"}).raise_for_status()
        titles.append((await repo.issue(1)).title)
    assert titles == ["First", "First", "Second"]


# --- refusals


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ({"status": 404}, NotFound, "does not show us /repos/octo/sample/issues/1: Not Found"),
        ({"status": 410, "message": "Issues are disabled for this repo"}, NotFound, "Issues are disabled"),
        ({"status": 451, "message": "Repository access blocked"}, Gone, "legal"),
        ({"status": 403, "message": "Repository access blocked"}, Gone, "blocked"),
        ({"status": 403, "message": "This installation has been suspended"}, Gone, "suspended"),
        ({"status": 403}, Gone, "lacks a permission for GET /repos/octo/sample/issues/1"),
        ({"status": 403, "message": "Because of the weather"}, Refused, "Because of the weather"),
        ({"status": 422, "message": "Validation Failed"}, Refused, "Validation Failed"),
        ({"status": 400, "message": "Problems parsing JSON"}, Refused, "Problems parsing JSON"),
    ],
    ids=lambda value: str(value.get("status")) if isinstance(value, dict) else None,
)
async def test_a_refusal_is_a_sentence_and_is_not_repeated(
    scene: Scene, fault: Json, kind: type[Exception], words: str
) -> None:
    scene.issue()
    scene.github.fault(ISSUE, **fault)
    hurried = Hurried()
    async with connected(scene, hurried=hurried) as repo:
        with pytest.raises(kind, match=words):
            await repo.issue(1)
    assert hurried.waits == []


async def test_a_missing_permission_is_named_as_github_names_it(scene: Scene) -> None:
    scene.issue()
    named = {"X-Accepted-GitHub-Permissions": "issues=write; pull_requests=write"}
    scene.github.fault(COMMENTS, status=403, headers=named)
    async with connected(scene) as repo:
        with pytest.raises(Gone, match="lacks the permission issues: write or pull_requests: write"):
            await repo.comment(1, "May I?")


async def test_too_long_a_comment_is_cut_where_github_would_refuse_it(scene: Scene) -> None:
    scene.issue()
    async with connected(scene) as repo:
        number = await repo.comment(1, "word\n" * 20_000)
        await repo.edit_comment(number, "other\n" * 20_000)
    (text,) = said(scene)
    assert 60_000 < len(text) <= 65_536
    assert text.startswith("other\n")
    assert "Cut here" in text[-60:]


async def test_an_archived_repository_is_gone_for_writing(scene: Scene) -> None:
    scene.issue()
    scene.github.roles("octo/sample", alice="admin")
    scene.alice.patch(REPO, json={"archived": True}).raise_for_status()
    async with connected(scene) as repo:
        assert (await repo.info()).archived
        with pytest.raises(Gone, match="archived"):
            await repo.comment(1, "Still here?")


# --- what only a bad network or a bad server does


@respx.mock(assert_all_called=False)
async def test_credentials_go_to_no_other_server(respx_mock: respx.MockRouter) -> None:
    respx_mock.get("https://api.test/redirect").respond(301, headers={"location": "https://evil.test/x"})
    respx_mock.get("https://api.test/pages").respond(json=[], headers={"link": '<https://evil.test/y>; rel="next"'})
    evil = respx_mock.get(host="evil.test").respond(json=[])
    async with opened() as door:
        with pytest.raises(Refused, match="another server"):
            await door.send(HttpRequest("GET", "/redirect"), Plain())
        with pytest.raises(Refused, match="another server"):
            _ = [page async for page in door.pages(HttpRequest("GET", "/pages"), Plain())]
    assert not evil.called


@respx.mock
async def test_circles_and_lists_without_an_end_are_left(respx_mock: respx.MockRouter) -> None:
    respx_mock.get("https://api.test/a").respond(301, headers={"location": "https://api.test/a"})
    endless = respx_mock.get("https://api.test/b").respond(
        json=[], headers={"link": '<https://api.test/b>; rel="next"'}
    )
    async with opened() as door:
        with pytest.raises(Refused, match="circles"):
            await door.send(HttpRequest("GET", "/a"), Plain())
        with pytest.raises(Refused, match="does not end"):
            _ = [page async for page in door.pages(HttpRequest("GET", "/b"), Plain())]
    assert endless.call_count == 100


@respx.mock
async def test_a_redirect_keeps_the_method_and_the_body(respx_mock: respx.MockRouter) -> None:
    respx_mock.post("https://api.test/old").respond(307, headers={"location": "https://api.test/new"})
    moved = respx_mock.post("https://api.test/new", json={"a": 1}).respond(201, json={"id": 1})
    async with opened() as door:
        assert (await door.send(HttpRequest("POST", "/old", json={"a": 1}), Plain())).body == {"id": 1}
    assert moved.call_count == 1


@respx.mock
async def test_an_answer_that_was_cut_off_is_asked_for_again(respx_mock: respx.MockRouter) -> None:
    cut = httpx.Response(200, text='{"id": ', headers={"content-type": "application/json"})
    respx_mock.get("https://api.test/cut").mock(side_effect=[cut, httpx.Response(200, json={"id": 1})])
    async with opened() as door:
        assert (await door.send(HttpRequest("GET", "/cut"), Plain())).body == {"id": 1}


@pytest.mark.parametrize(
    ("variable", "value"), [("ALL_PROXY", "socks5://127.0.0.1:9"), ("HTTPS_PROXY", "ftp://x"), ("SSL_CERT_FILE", "/no")]
)
async def test_a_way_to_the_network_that_cannot_be_used_is_told(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    async with opened() as door:
        with pytest.raises(UserError, match=variable):
            await door.send(HttpRequest("GET", "/app"), Plain())


@respx.mock(assert_all_called=False)
async def test_what_is_not_githubs_api_is_said_to_be_none(respx_mock: respx.MockRouter) -> None:
    respx_mock.get("https://api.test/app").respond(200, html="<title>Sign in to the hotel's network</title>")
    async with opened() as door:
        with pytest.raises(TransientError, match=r"What answers at https://api.test is not GitHub's API"):
            await door.send(HttpRequest("GET", "/app"), Plain())


@respx.mock
async def test_an_error_page_of_a_proxy_is_survived(respx_mock: respx.MockRouter) -> None:
    respx_mock.get("https://api.test/page").respond(418, text="<html>teapot</html>")
    async with opened() as door:
        with pytest.raises(Refused, match="GET /page"):
            await door.send(HttpRequest("GET", "/page"), Plain())


@respx.mock
async def test_a_server_that_hangs_is_left_before_patience_is_out(respx_mock: respx.MockRouter) -> None:
    hurried = Hurried()

    def hang(request: httpx.Request) -> httpx.Response:
        hurried.at += 40.0
        raise httpx.ReadTimeout("", request=request)

    route = respx_mock.get("https://api.test/slow").mock(side_effect=hang)
    wire = Wire("https://api.test")
    with pytest.raises(TransientError, match="did not answer in time"):
        await Door(wire, clock=hurried.clock).send(HttpRequest("GET", "/slow"), Plain())
    await wire.close()
    assert route.call_count == 2


async def test_where_nobody_listens_it_cannot_be_reached() -> None:
    wire = Wire("http://127.0.0.1:9")
    with pytest.raises(TransientError, match="cannot be reached"):
        await Door(wire, clock=Hurried().clock).send(HttpRequest("GET", "/app"), Plain())
    await wire.close()


async def test_requests_go_through_the_proxy_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening("HTTP/1.1 200 OK", '{"id": 1}') as (port, heard):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        wire = Wire("http://api.test")
        assert (await Door(wire).send(HttpRequest("GET", "/app"), Plain())).body == {"id": 1}
        await wire.close()
    assert heard[0].startswith("GET http://api.test/app ")


async def test_nothing_is_created_without_a_way_to_find_it_again() -> None:
    with pytest.raises(AssertionError, match="must be able to find"):
        await Door(Wire("http://127.0.0.1:9")).send(HttpRequest("POST", "/x", creates=True), Plain())


@contextmanager
def listening(status: str, body: str) -> Iterator[tuple[int, list[str]]]:
    """A server that answers one request; its port and the heads that it heard."""
    heard: list[str] = []

    def serve() -> None:
        with listener.accept()[0] as line:
            heard.append(line.recv(65_536).decode())
            line.sendall(
                f"{status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        thread = Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join()


class Plain:
    """Credentials that are a word."""

    key = "plain"

    async def header(self) -> str:
        return "token plain"

    def renew(self, header: str) -> bool:
        return False


class opened:
    """A door to a GitHub that respx plays."""

    async def __aenter__(self) -> Door:
        self.wire = Wire("https://api.test")
        return Door(self.wire, clock=Hurried().clock)

    async def __aexit__(self, *_: object) -> None:
        await self.wire.close()


async def test_the_app_is_refused_as_the_app(scene: Scene) -> None:
    scene.github.fault("/app", status=401, message="A JSON web token could not be decoded", times=2)
    async with app_client(scene) as github:
        with pytest.raises(Refused, match="does not know this App or its key"):
            await github.app()


async def test_right_before_anything_is_changed_the_worker_is_asked_whether_it_counts(scene: Scene) -> None:
    scene.issue("It is broken")

    async def nobody_knows() -> None:
        raise TransientError("It is not known who works on this.")

    async with app_client(scene) as github:
        repo = github.repository(scene.installation, "octo/sample")
        await repo.issue(1)
        await repo.react("eyes", issue=1)  # now there are tokens for both
        github.guard(nobody_knows)
        assert (await repo.issue(1)).title == "It is broken", "who only reads does no harm"
        with pytest.raises(TransientError, match="not known who works"):
            await repo.react("rocket", issue=1)
        with pytest.raises(TransientError, match="not known who works"):
            await repo.comment(1, "Twice?")
    reactions = scene.alice.get(f"{ISSUE}/reactions").raise_for_status().json()
    assert ([one["content"] for one in reactions], said(scene)) == (["eyes"], [])
