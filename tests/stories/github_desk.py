"""What a story on GitHub needs: a repository there with the App on it, people, and the server of a user."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr

from bot.github.api.credentials import AppCredentials, save
from bot.github.manifest import read_manifest
from tests.fakes.crashing import Trap
from tests.fakes.github import AppKeys, GitHub
from tests.fakes.ports import port_to_keep
from tests.fakes.real_repository import make_repository
from tests.fakes.warm_cli import Fork, warm
from tests.stories.conftest import VENV, Desk

Json = Any

REPO = "/repos/octo/adder"

Process = Fork | subprocess.Popen[bytes]
"""A server, forked from one that has imported everything, or (`Desk.cold`) started as a user starts it."""


@dataclass
class GitHubDesk:
    """One server with its App on `octo/adder`; alice may write there, bob may read, acme-bot is a machine account."""

    github: GitHub
    desk: Desk
    app: AppKeys
    installation: int
    port: int
    alice: httpx.Client = field(init=False)
    bob: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.alice, self.bob = self.github.as_user("alice"), self.github.as_user("bob")

    @contextmanager
    def serving(self, *, trap: Trap | None = None) -> Iterator[Process]:
        """The server, until the end of the block."""
        process = self.start(trap=trap)
        try:
            yield process
        finally:
            self.stop(process)

    def start(self, *crash: str, role: str = "serve", trap: Trap | None = None) -> Process:
        """A process of the server, once it answers; `role` is serve, web or worker (which answers nobody)."""
        trap = Trap(*crash) if crash else trap
        process = self.begin(role, trap)
        if role != "worker":
            self.wait("the server answers", lambda: process.poll() is not None or self._healthy(), 60)
        assert process.poll() is None or trap, self.log()
        return process

    def begin(self, role: str, trap: Trap | None = None, **env: str) -> Process:
        """A process of the server, just started; `env` is what differs in its environment."""
        log, own = self.desk.folder / "serve.log", self.desk.env | env
        if not self.desk.cold:
            return warm().start([role], own, self.desk.folder, log, trap)
        assert trap is None, "a command that starts as a user starts it knows no traps"
        with log.open("ab") as out:
            return subprocess.Popen(
                [VENV / "bin" / "pullwright", role],
                cwd=self.desk.folder,
                env=own,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    def stop(self, process: Process) -> None:
        """As an operator stops it: SIGTERM, and it ends by itself."""
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(45)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the server did not stop:\n{self.log()}") from None

    def log(self) -> str:
        """What the server said, for whoever reads a failure."""
        files = [self.desk.folder / "serve.log", self.desk.data / "pullwright.log"]
        return "\n".join(file.read_text()[-6000:] for file in files if file.exists())

    # --- what people do

    def issue(self, title: str = "add() subtracts", *, by: httpx.Client | None = None, **fields: Json) -> int:
        given = {"title": title, "body": "`add(1, 2)` gives -1 instead of 3.", **fields}
        return int((by or self.alice).post(f"{REPO}/issues", json=given).raise_for_status().json()["number"])

    def say(self, number: int, body: str, *, by: httpx.Client | None = None) -> int:
        answer = (by or self.alice).post(f"{REPO}/issues/{number}/comments", json={"body": body})
        return int(answer.raise_for_status().json()["id"])

    def push(self, path: str, text: str, *, branch: str = "main", by: httpx.Client | None = None) -> str:
        """A commit by a person, on the branch."""
        who = by or self.alice
        fields = {"message": f"Change {path}", "content": base64.b64encode(text.encode()).decode(), "branch": branch}
        there = who.get(f"{REPO}/contents/{path}", params={"ref": branch})
        if there.status_code == 200:
            fields["sha"] = there.json()["sha"]
        return str(who.put(f"{REPO}/contents/{path}", json=fields).raise_for_status().json()["commit"]["sha"])

    def redeliver(self, event: str) -> None:
        """Ask GitHub for every delivery of that event once more, as the App's owner can."""
        with self.github.client(self.app.jwt()) as owner:
            for delivery in self.github.deliveries(event):
                owner.post(f"/app/hook/deliveries/{delivery['id']}/attempts").raise_for_status()

    # --- what they see

    def comments(self, number: int) -> list[Json]:
        return list(self.alice.get(f"{REPO}/issues/{number}/comments", params={"per_page": 100}).json())

    def ours(self, number: int) -> list[Json]:
        """The comments that the App wrote."""
        return [one for one in self.comments(number) if one["user"]["login"] == self.app.bot]

    def progress(self, number: int) -> list[Json]:
        """The comments of runs, which carry a hidden mark."""
        return [one for one in self.ours(number) if "<!-- pullwright:run:" in one["body"]]

    def pulls(self, number: int | None = None) -> list[Json]:
        """The open pull requests; those that are to close an issue, where one is named."""
        found = self.alice.get(f"{REPO}/pulls", params={"per_page": 100}).json()
        return [one for one in found if number is None or f"Fixes #{number}\n" in f"{one['body']}\n"]

    def reactions(self, comment: int) -> list[str]:
        return [one["content"] for one in self.alice.get(f"{REPO}/issues/comments/{comment}/reactions").json()]

    def file(self, path: str, ref: str) -> str:
        found = self.alice.get(f"{REPO}/contents/{path}", params={"ref": ref}).raise_for_status().json()
        return base64.b64decode(found["content"]).decode()

    def runs(self) -> list[Json]:
        return list(json.loads(self.desk.run("runs", "--json").out))

    # --- waiting

    def wait(self, what: str, until: Callable[[], object], seconds: float = 90) -> Any:
        """Whatever `until` gives as soon as it is true."""
        deadline = time.monotonic() + seconds
        while not (found := until()):
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain until {what}:\n{self.log()}")
            time.sleep(0.1)
        return found

    def finished(self, number: int) -> Json:
        """The pull request for an issue, once the progress comment tells of it; an error where there will be none."""

        def settled() -> list[Json]:
            failed = [
                one["body"] for one in self.progress(number) if "/retry" in one["body"] or "### Failed" in one["body"]
            ]
            assert not failed, f"{failed[0]}\n{self.log()}"
            return self.pulls(number)

        (pull,) = self.wait(f"there is a pull request for #{number}", settled)
        self.wait(
            "the comment has the last word",
            lambda: any(pull["html_url"] in one["body"] and not at_work(one) for one in self.progress(number)),
        )
        return self.alice.get(f"{REPO}/pulls/{pull['number']}").raise_for_status().json()

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def github_desk(github: GitHub, desk: Desk, files: Mapping[str, str], *, name: str = "Pullwright") -> GitHubDesk:
    """A desk whose server is not started yet."""
    manifest = read_manifest()
    make_repository(desk.repository, dict(files))
    roles = {"alice": "write", "bob": "read", "acme-bot": "write"}
    github.repository("octo/adder", source=desk.repository, roles=roles)
    port = port_to_keep()
    app = github.app(
        f"http://127.0.0.1:{port}/webhook",
        name=name,
        permissions=manifest.permissions,
        events=manifest.events,
        secret="s3cret",
    )
    installation = github.install(app, "octo")
    desk.env |= {
        "PULLWRIGHT_PORT": str(port),
        "PULLWRIGHT_ASSIGNEE": "acme-bot",
        "PULLWRIGHT_PROGRESS_SECONDS": "0.2",
    }
    desk.data.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700)
    keys = AppCredentials(
        app_id=app.id,
        private_key=SecretStr(app.pem),
        webhook_secret=SecretStr(app.webhook_secret),
        slug=app.slug,
        api_url=github.api,
        web_url=github.url,
    )
    save(keys, desk.data / "github.json")
    return GitHubDesk(github, desk, app, installation, port)


def at_work(comment: Json) -> bool:
    return "### At work" in comment["body"] or "### Waiting for a free place" in comment["body"]
