"""The servers as processes: what they take in survives them, and they start and end in order."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import certifi
import httpx
import pytest
import sqlalchemy as sa

from bot.access.people.session_cookies import SessionCookies
from bot.server.serving import _missing
from bot.settings import Settings
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import REPO, Scene
from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.serving import credentials_in, deliver, environment, started
from tests.fakes.tables import make_tables
from tests.fakes.warm_cli import ROOT, warm
from workflows.registry import definitions
from workflows.runs.control import record_of
from workflows.store.audit import Asker
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import definition_rows, runs
from workflows.store.web import keys, sessions
from workflows.store.web.keys import KeyScope
from workflows.values import Options, RunStatus

__all__ = ["github", "postgres", "postgres_url"]

SECRET = "s3cret"
PATIENCE = 60.0


@pytest.fixture
def scene(github: GitHub, tmp_path: Path) -> Iterator[Scene]:
    github.repository("octo/sample", roles={"alice": "write", "bob": "read"})
    app = github.app(secret=SECRET)
    installation = github.install(app, "octo")
    (tmp_path / "data").mkdir()
    credentials_in(tmp_path / "data", github, app)
    with github.client(github.token(app, installation)) as bot:
        yield Scene(github, app, installation, bot, github.as_user("alice"), github.as_user("bob"))


def asked_for_help(scene: Scene) -> tuple[int, dict[str, object]]:
    """An issue with /help on it, and the delivery that tells of it."""
    number = scene.issue()
    scene.alice.post(f"{REPO}/issues/{number}/comments", json={"body": "/help"}).raise_for_status()
    scene.github.settle()
    return number, scene.github.deliveries("issue_comment")[-1]


def answers(scene: Scene, number: int) -> list[str]:
    found = scene.alice.get(f"{REPO}/issues/{number}/comments").raise_for_status().json()
    return [one["body"] for one in found if one["user"]["type"] == "Bot"]


def eventually(found: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


def send(url: str, one: dict[str, object]) -> int:
    return deliver(url, SECRET, str(one["guid"]), str(one["event"]), json.dumps(one["payload"]).encode())


def test_what_takes_in_webhooks_loads_neither_engine_nor_model_nor_client() -> None:
    modules = "bot.server.serving, bot.cli.main, bot.cli.inspect_commands, bot.cli.run_commands"
    code = f"import {modules}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint({"litellm", "dbos", "githubkit", "alembic", "git", "openai"})
    assert "uvicorn" in loaded


def test_pages_and_api_load_nothing_of_what_only_a_worker_uses() -> None:
    code = "import bot.server.faces, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"workflows.services", "workflows.workspace.sandboxes", "dbos", "litellm"} & set(done.stdout.split())


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_web_process_stays_small(kind: str, scene: Scene, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path / 'data' / 'app.sqlite'}"
    if kind == "postgres":
        url = request.getfixturevalue("postgres_url")
    store = Store(url)
    make_tables(store)  # only the first start of a version loads what migrates
    own = {"PULLWRIGHT_DATABASE": url, "SSL_CERT_FILE": certifi.where()}  # all the world's, as with operators
    with started("web", tmp_path / "data", own, cold=True) as server:
        assert httpx.get(f"{server.url}/health", timeout=PATIENCE).json()["database"].startswith(kind)
        body = json.dumps({"text": "x" * 11_000}).encode()
        with httpx.Client(timeout=PATIENCE) as client:
            for _ in range(200):
                assert deliver(server.url, SECRET, str(uuid.uuid4()), "issues", body, client) == 202
        assert server.memory() < 80_000_000
        _looks_around(scene, store, server.url)
        assert server.memory() < 100_000_000
        print(f"a web process on {kind}: {server.memory() / 1e6:.1f} MB")
    store.close()


_OF_A_RUN = ("", "/diff", "/transcript", "/log", "/attempts")
_PAGES = ("", "/you", "/start", "/repositories", "/history", *(f"/runs/r1{one}" for one in _OF_A_RUN))
_OF_ADMINS = ("/deliveries", "/server", "/server/checklist", "/audit", "/hooks", "/keys", "/commands", "/api")
_OPERATIONS = ("me", "definitions", "runs", "runs/r1", "runs/r1/diff", "openapi.json")


def _looks_around(scene: Scene, store: Store, url: str) -> None:
    """People and a program see every page and what the API tells; GitHub is asked for their roles."""
    store.write_now(definition_rows.define, record_of(definitions()["issue_to_pr"]))
    inputs = {"forge": "github", "installation": scene.installation, "repository": "octo/sample"}
    name = f"{scene.github.url.partition('//')[2]}/octo/sample"
    run = Run("r1", "issue_to_pr", 1, RunStatus.FAILED, name, "Seen", inputs, Options(), {}, "plan", 0, 0)
    store.write_now(runs.insert_run, run)
    you = Asker("you", "cli")
    key = store.write_now(keys.make, "t", list(KeyScope), you, login="bob")[1]
    other = store.write_now(keys.make, "t", [KeyScope.READ], you, login="nobody")[1]
    everything = store.write_now(keys.make, "t", list(KeyScope), you)[1]
    cookie, signed = f"pullwright-{url.rpartition(':')[2]}", SessionCookies(lambda: scene.app.pem.strip() + "\n")

    def browser(secret: str) -> httpx.Client:
        return httpx.Client(base_url=url, cookies={cookie: signed.sign(secret)}, timeout=PATIENCE)

    with browser(store.write_now(sessions.begin, "bob")) as bob:
        for path in _PAGES:
            assert "Seen" in bob.get(f"/admin{path}").raise_for_status().text or not path.startswith("/runs/"), path
        for one in _OPERATIONS:
            bob.get(f"/api/v1/{one}", headers={"Authorization": f"Bearer {key}"}).raise_for_status()
        hidden = bob.get("/api/v1/runs/r1", headers={"Authorization": f"Bearer {other}"})
        assert hidden.status_code == 404
        bob.get("/metrics", headers={"Authorization": f"Bearer {everything}"}).raise_for_status()
    with browser(store.write_now(sessions.begin, "", operator=True)) as operator:
        for path in (*_OF_ADMINS, f"/repositories/{name}"):
            operator.get(f"/admin{path}").raise_for_status()
        operator.post("/admin/runs/r1/retry", headers={"Sec-Fetch-Site": "same-origin"})


def test_every_delivery_that_was_acknowledged_is_there_after_a_kill(scene: Scene, tmp_path: Path) -> None:
    acknowledged: list[str] = []

    def sending(url: str) -> None:
        body = json.dumps({"text": "x" * 11_000}).encode()
        with httpx.Client() as client:
            for _ in range(400):
                guid = str(uuid.uuid4())
                try:
                    if deliver(url, SECRET, guid, "issues", body, client) == 202:
                        acknowledged.append(guid)
                except httpx.TransportError:
                    return

    with started("web", tmp_path / "data") as server:
        threads = [threading.Thread(target=sending, args=(server.url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(acknowledged) > 50)
        server.kill()
        for thread in threads:
            thread.join()
    store = Store(f"sqlite:///{tmp_path / 'data' / 'app.sqlite'}")
    kept = store.read_now(lambda db: set(db.execute(sa.text("SELECT guid FROM deliveries")).scalars()))
    store.close()
    assert set(acknowledged) <= kept


def test_what_was_stored_before_a_crash_is_answered_after_the_start(scene: Scene, tmp_path: Path) -> None:
    number, told = asked_for_help(scene)
    with started("web", tmp_path / "data") as server:
        assert send(server.url, told) == 202
        server.kill()
    assert answers(scene, number) == []
    with started("serve", tmp_path / "data"):
        eventually(lambda: answers(scene, number))


def test_a_server_answers_a_webhook_and_ends_on_sigterm(scene: Scene, tmp_path: Path) -> None:
    number, told = asked_for_help(scene)
    with started("serve", tmp_path / "data", cold=True) as server:
        server.wait_until_said("At work")
        assert send(server.url, told) == 202
        eventually(lambda: answers(scene, number))
        assert send(server.url, told) == 202, "a replay is acknowledged"
        assert server.terminate() == 0, server.said()
        assert "Traceback" not in server.said()
    assert len(answers(scene, number)) == 1


def test_on_postgres_one_process_takes_in_what_another_answers(scene: Scene, tmp_path: Path, postgres_url: str) -> None:
    number, told = asked_for_help(scene)
    environ = {"PULLWRIGHT_DATABASE": postgres_url, "PULLWRIGHT_HEALTH_PORT": "0"}
    with started("web", tmp_path / "data", environ) as web, started("worker", tmp_path / "data", environ) as worker:
        worker.wait_until_said("At work")
        health = worker.wait_until_said(r"Listening on (http://\S+)")[1]
        assert httpx.get(f"{health}/health").json()["status"] == "ok"
        assert httpx.get(f"{health}/webhook").status_code == 404, "it takes in nothing"
        assert send(web.url, told) == 202
        eventually(lambda: answers(scene, number))
        assert worker.terminate() == 0, worker.said()
        assert web.terminate() == 0, web.said()
    assert len(answers(scene, number)) == 1


def test_who_comes_second_to_a_data_directory_waits_until_the_first_is_gone(
    scene: Scene, tmp_path: Path, postgres_url: str
) -> None:
    number, told = asked_for_help(scene)
    environ = {"PULLWRIGHT_DATABASE": postgres_url}
    data = tmp_path / "data"
    with started("worker", data, environ) as first:
        first.wait_until_said("At work")
        with started("worker", data, environ) as second:
            second.wait_until_said("waiting for process")
            assert "At work" not in second.said()
            first.kill()
            second.wait_until_said("At work")
            with started("web", data, environ) as web:
                assert send(web.url, told) == 202
                eventually(lambda: answers(scene, number))


@pytest.mark.at_length
def test_without_a_secret_nothing_starts(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "data" / "github.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"webhook_secret": ""}))
    told = refusal("serve", tmp_path / "data")
    assert "webhook_secret" in told
    assert "/setup" in told


def test_without_an_app_and_an_address_nothing_starts(tmp_path: Path) -> None:
    assert "PULLWRIGHT_PUBLIC_URL" in refusal("serve", tmp_path / "data")
    assert "credentials" in refusal("worker", tmp_path / "data")


def test_without_an_app_only_the_set_up_is_open(tmp_path: Path) -> None:
    with started("serve", tmp_path / "data", {"PULLWRIGHT_PUBLIC_URL": "https://pullwright.example"}) as server:
        server.wait_until_said(r"Open https://pullwright.example/setup\?token=\S+")
        assert deliver(server.url, SECRET, str(uuid.uuid4()), "issues", b"{}") == 503
        assert httpx.get(f"{server.url}/setup").status_code == 403
        assert server.terminate() == 0
    assert "token=" not in (tmp_path / "data" / "pullwright.log").read_text()


def test_a_port_that_is_taken_is_told_with_a_remedy(scene: Scene, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = refusal("web", tmp_path / "data", PULLWRIGHT_PORT=str(taken.getsockname()[1]))
    assert "PULLWRIGHT_PORT" in told


def refusal(command: str, data: Path, **environ: str) -> str:
    """What a server says that does not start."""
    done = warm().run([command], environment(data) | environ, ROOT)
    assert done.code == 1, done.err
    assert "Traceback" not in done.err
    return done.err


def test_what_a_server_lacks_is_said_when_it_starts(tmp_path: Path) -> None:
    def told(**settings: object) -> str:
        return " ".join(_missing(Settings(data=tmp_path, **settings), worker=True))  # type: ignore[arg-type]

    assert "set PULLWRIGHT_MODEL" in told()
    assert "GitHub cannot deliver to http://localhost" in told(model="ollama/x", public_url="http://localhost")
    assert told(model="ollama/x", public_url="https://bot.example.org") == ""
    assert list(_missing(Settings(data=tmp_path), worker=False)) == []
