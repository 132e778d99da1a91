"""A script asks a whole server for work by the API, follows it, and takes it back; a page shows the same."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import Scene
from tests.fakes.serving import credentials_in, environment, started
from tests.fakes.warm_cli import ROOT, warm

__all__ = ["github"]

_PATIENCE = 90.0


@pytest.fixture
def scene(github: GitHub, tmp_path: Path) -> Iterator[Scene]:
    github.repository("octo/sample", roles={"alice": "maintain", "bob": "read"})
    app = github.app(secret="s3cret")
    installation = github.install(app, "octo")
    (tmp_path / "data").mkdir()
    credentials_in(tmp_path / "data", github, app)
    with github.client(github.token(app, installation)) as bot:
        yield Scene(github, app, installation, bot, github.as_user("alice"), github.as_user("bob"))


def said(data: Path, *words: str) -> list[str]:
    done = warm().run(list(words), environment(data), ROOT)
    assert done.code == 0, done.err
    return str(done.out).splitlines()


def test_a_script_has_a_run_started_follows_it_and_takes_it_back(scene: Scene, tmp_path: Path) -> None:
    number, data = scene.issue("It is broken"), tmp_path / "data"
    scopes = [word for scope in ("read", "start", "steer", "rollback") for word in ("--scope", scope)]
    key = said(data, "keys", "create", "script", "--login", "alice", *scopes)[-1]
    readers = said(data, "keys", "create", "reader", "--login", "bob", *scopes)[-1]
    with started("serve", data, {"PULLWRIGHT_SANDBOX": "unsafe_local"}) as server:
        link = server.wait_until_said(r"Pages for you, on this machine, once: (http://\S+)")[1]
        server.wait_until_said("At work")
        api = f"{server.url}/api/v1"
        with httpx.Client(base_url=api, headers={"Authorization": f"Bearer {key}"}, timeout=40) as script:
            wanted = {"repository": "octo/sample", "number": number, "wait": True}
            order = script.post("/runs", json=wanted, headers={"Idempotency-Key": "one"}).raise_for_status().json()
            assert (order["state"], order["result"]["new"]) == ("done", True), order
            run = order["run"]
            seen = list[str]()
            with script.stream("GET", f"/runs/{run}/events", params={"after": "0"}) as stream:
                for line in stream.iter_lines():
                    if line.startswith('data: {"run"'):
                        seen.append(json.loads(line[6:])["kind"])
                        if seen[-1] == "step" and "aborted" not in seen:
                            script.post(f"/runs/{run}/abort", json={"reason": "enough"})  # it has no model to ask
                    if seen and seen[-1] == "aborted":
                        break
            assert seen[0] == "started"
            refused = httpx.post(
                f"{api}/runs/{run}/rollback", json={"mode": "soft"}, headers={"Authorization": f"Bearer {readers}"}
            )
            assert refused.status_code == 403
            plan = script.post(f"/runs/{run}/rollback", json={"mode": "hard", "dry_run": True}).json()
            assert _done(script, plan["order"])["kept"] == []
            order = script.post(f"/runs/{run}/rollback", json={"mode": "hard"}).json()
            _done(script, order["order"])
            assert script.get(f"/runs/{run}").json()["status"] == "rolled_back"
            again = script.post("/runs", json=wanted, headers={"Idempotency-Key": "one"})
            assert again.headers["idempotent-replayed"] == "true"
        with httpx.Client(follow_redirects=True) as browser:
            assert "It is broken" in browser.get(link).text
            assert "rolled back" in browser.get(f"{server.url}/admin/runs/{run}").text
        assert server.terminate() == 0, server.said()
        assert "Traceback" not in server.said()
    assert link not in (data / "pullwright.log").read_text()


def _done(script: httpx.Client, order: str) -> dict[str, object]:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        found = script.get(f"/orders/{order}").raise_for_status().json()
        if found["state"] != "asked":
            assert found["state"] == "done", found
            result: dict[str, object] = found["result"]
            return result
        time.sleep(0.2)
    raise AssertionError("no worker took it up")
