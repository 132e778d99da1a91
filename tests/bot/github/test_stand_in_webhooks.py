"""The stand-in's webhooks: signed, told to those who subscribe, logged, and delivered again only when asked."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.fakes.github.scene import REPO, Scene

Json = Any


@dataclass
class Receiver:
    """What arrived, as (headers, body), and the status it is answered with."""

    url: str = ""
    status: int = 202
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def events(self) -> list[tuple[str, str | None]]:
        return [(headers["X-GitHub-Event"], json.loads(body).get("action")) for headers, body in self.got]


@contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((dict(self.headers.items()), body))
            self.send_response(receiver.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/webhook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


@pytest.fixture
def receiver(scene: Scene) -> Iterator[Receiver]:
    """Where the App's webhooks go."""
    with listening() as one:
        with scene.github.client(scene.app.jwt()) as client:
            client.patch("/app/hook/config", json={"url": one.url}).raise_for_status()
        yield one


def test_an_issue_is_told_with_a_signature_over_the_body(scene: Scene, receiver: Receiver) -> None:
    number = scene.issue(labels=["bug"], assignees=["alice"])
    scene.github.settle()
    assert receiver.events() == [("issues", "opened"), ("issues", "labeled"), ("issues", "assigned")]
    headers, body = receiver.got[-1]
    signature = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={signature}"
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(scene.app.id)
    payload = json.loads(body)
    assert payload["issue"]["number"] == number
    assert payload["assignee"]["login"] == "alice"
    assert payload["installation"]["id"] == scene.installation
    assert payload["organization"]["login"] == "octo"


def test_an_edited_comment_tells_what_it_said_before(scene: Scene, receiver: Receiver) -> None:
    number = scene.issue()
    said = scene.bob.post(f"{REPO}/issues/{number}/comments", json={"body": "/fix"}).json()
    scene.bob.patch(f"{REPO}/issues/comments/{said['id']}", json={"body": "/fix please"}).raise_for_status()
    scene.github.settle()
    payload = json.loads(receiver.got[-1][1])
    assert payload["action"] == "edited"
    assert payload["changes"] == {"body": {"from": "/fix"}}
    assert payload["comment"]["author_association"] == "COLLABORATOR"


def test_a_pull_request_tells_its_whole_life(scene: Scene, receiver: Receiver) -> None:
    made = scene.pull(draft=True)
    path = f"{REPO}/pulls/{made['number']}"
    scene.bot.post(f"{REPO}/issues/{made['number']}/labels", json={"labels": ["bot"]}).raise_for_status()
    scene.bot.patch(path, json={"title": "Mend it well"}).raise_for_status()
    scene.bot.patch(path, json={"state": "closed"}).raise_for_status()
    scene.bot.patch(path, json={"state": "open"}).raise_for_status()
    scene.alice.post(f"{path}/reviews", json={"event": "APPROVE"}).raise_for_status()
    scene.github.settle()
    told = [event for event in receiver.events() if event[0].startswith("pull_request")]
    actions = ["opened", "labeled", "edited", "closed", "reopened"]
    assert told == [*(("pull_request", action) for action in actions), ("pull_request_review", "submitted")]


def test_only_those_who_subscribe_and_cover_the_repository_are_told(scene: Scene) -> None:
    with listening() as other:
        app = scene.github.app(other.url, name="Other", events=["issues"])
        scene.github.repository("octo/elsewhere")
        scene.github.install(app, "octo", ["octo/elsewhere"])
        scene.issue()
        scene.alice.post("/repos/octo/elsewhere/issues", json={"title": "Here"}).raise_for_status()
        scene.alice.post("/repos/octo/elsewhere/issues/1/comments", json={"body": "hello"}).raise_for_status()
        scene.github.settle()
        assert other.events() == [("ping", None), ("installation", "created"), ("issues", "opened")]


def test_a_failed_delivery_is_logged_and_comes_again_only_when_asked(scene: Scene, receiver: Receiver) -> None:
    receiver.status = 503
    scene.issue()
    scene.github.settle()
    with scene.github.client(scene.app.jwt()) as client:
        failed = client.get("/app/hook/deliveries").json()[0]
        assert (failed["event"], failed["status"], failed["status_code"]) == (
            "issues",
            "Invalid HTTP Response: 503",
            503,
        )
        assert len(receiver.got) == 1
        receiver.status = 202
        assert client.post(f"/app/hook/deliveries/{failed['id']}/attempts").status_code == 202
        scene.github.settle()
        again = client.get("/app/hook/deliveries").json()[0]
        whole = client.get(f"/app/hook/deliveries/{again['id']}").json()
    assert (again["guid"], again["redelivery"], again["status"]) == (failed["guid"], True, "OK")
    assert whole["request"]["payload"]["action"] == "opened"
    first, second = receiver.got
    assert first[1] == second[1]
    assert first[0]["X-GitHub-Delivery"] == second[0]["X-GitHub-Delivery"]


def test_what_cannot_be_delivered_stands_in_the_log(scene: Scene, receiver: Receiver) -> None:
    scene.github.set(dropping=True)
    scene.issue()
    scene.github.settle()
    scene.github.set(dropping=False)
    scene.issue()
    scene.github.settle()
    assert [one["status"] for one in scene.github.deliveries("issues")] == ["failed to connect to host", "OK"]
    assert len(receiver.got) == 1


def test_the_log_is_read_by_cursor(scene: Scene, receiver: Receiver) -> None:
    for _ in range(4):
        scene.issue()
    scene.github.settle()
    seen, address = [], "/app/hook/deliveries?per_page=2"
    with scene.github.client(scene.app.jwt()) as client:
        while address:
            answer = client.get(address)
            seen += [one["id"] for one in answer.json()]
            address = answer.links.get("next", {}).get("url", "")
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(scene.github.deliveries())


def test_installing_changing_and_removing_are_told(scene: Scene, receiver: Receiver) -> None:
    scene.github.repository("octo/second")
    scene.github.grant(scene.installation, repositories=["octo/second"])
    with scene.github.client(scene.app.jwt()) as client:
        client.put(f"/app/installations/{scene.installation}/suspended").raise_for_status()
        client.delete(f"/app/installations/{scene.installation}/suspended").raise_for_status()
        client.delete(f"/app/installations/{scene.installation}").raise_for_status()
    scene.github.settle()
    assert receiver.events() == [
        ("installation_repositories", "removed"),
        ("installation", "suspend"),
        ("installation", "unsuspend"),
        ("installation", "deleted"),
    ]
    assert scene.bot.get(REPO).status_code == 401


def test_a_check_and_a_release_are_told(scene: Scene, receiver: Receiver) -> None:
    head = scene.branch("checked", "one.txt")
    given = {"name": "Pullwright", "head_sha": head, "status": "completed", "conclusion": "success"}
    scene.bot.post(f"{REPO}/check-runs", json=given).raise_for_status()
    scene.alice.post(f"{REPO}/releases", json={"tag_name": "v1"}).raise_for_status()
    scene.github.settle()
    told = [event for event in receiver.events() if event[0] in ("check_run", "create", "release")]
    assert told == [
        ("create", None),
        ("check_run", "created"),
        ("check_run", "completed"),
        ("create", None),
        ("release", "created"),
        ("release", "published"),
    ]


def test_an_event_is_delivered_only_where_its_permission_was_granted(scene: Scene, receiver: Receiver) -> None:
    scene.github.grant(scene.installation, permissions={"metadata": "read", "contents": "write"})
    scene.issue()
    scene.branch("work", "one.txt")
    scene.github.settle()
    told = {event for event, _ in receiver.events()}
    assert "push" in told
    assert "issues" not in told


def test_an_app_is_not_made_with_events_that_its_permissions_do_not_cover(scene: Scene) -> None:
    manifest = {"name": "X", "redirect_url": "http://127.0.0.1:9/", "default_permissions": {"issues": "read"}}
    page = f"{scene.github.url}/settings/apps/new"

    def posted(*events: str) -> httpx.Response:
        given = {"manifest": json.dumps({**manifest, "default_events": list(events)}), "agreed": "yes"}
        return httpx.post(page, data=given, trust_env=False)

    assert posted("issues", "repository").status_code == 302
    refused = posted("issues", "deployment_status", "release")
    assert (refused.status_code, "unsupported: deployment_status, release" in refused.text) == (422, True)
