"""An issue is assigned on a stand-in for GitHub; the server answers with a pull request, a comment and a check."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from bot.github.api.credentials import AppCredentials, save
from bot.github.manifest import read_manifest, webhook_url
from tests.demo.stage import ISSUE, Stage
from tests.fakes.github import GitHub, running
from tests.fakes.ports import port_to_keep

REPO = "/repos/octo/slugs"
_SECONDS = 300.0


def show(stage: Stage) -> int:
    """Whether there was a proven pull request in the end, as an exit code."""
    with worked(stage) as done:
        if sys.stdin.isatty():  # else both servers end at once, and no page would be there
            print(f"Its page, with all that was done (this link works once):\n    {_page(stage)}", flush=True)
            print("\nThe pages can be opened until you press Ctrl-C (or Enter).", end=" ", flush=True)
            with suppress(KeyboardInterrupt):
                sys.stdin.readline()
    if not sys.stdin.isatty():
        print("Its servers have ended, and their pages with them: run it in a terminal to open those.")
    print(f"Remove {stage.folder} when you have seen enough.")
    return 0 if done.proven else 1


@dataclass(frozen=True, slots=True)
class Worked:
    """What the demo leaves: a server at `address`, alice on the stand-in, and whether the change is proven."""

    address: str
    alice: httpx.Client
    proven: bool


@contextmanager
def worked(stage: Stage) -> Iterator[Worked]:
    """The server with the stand-in, after the issue was worked on; both end with the block."""
    with running(stage.folder / "github") as github:
        address = _connect(stage, github)
        with _serving(stage, address):
            alice = github.as_user("alice")
            title, _, body = ISSUE.read_text().removeprefix("# ").partition("\n")
            number = alice.post(f"{REPO}/issues", json={"title": title, "body": body.strip()}).json()["number"]
            page = f"{github.url}/octo/slugs/issues/{number}"
            print(f"\nalice opens the issue {title!r}\n    {page}\nand assigns it to acme-bot.\n", flush=True)
            alice.post(f"{REPO}/issues/{number}/assignees", json={"assignees": ["acme-bot"]}).raise_for_status()
            yield Worked(address, alice, _follow(_Look(alice, number)))


def _page(stage: Stage) -> str:
    """The address of the run's page, as `pullwright signin` gives it to whoever sits at this machine."""

    def said(*words: str) -> str:
        done = subprocess.run([stage.pullwright, *words], env=stage.env, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    (run,) = json.loads(said("runs", "--json"))
    return f"{said('signin')}&next=/admin/runs/{run['run']}"


@dataclass(frozen=True, slots=True)
class _Look:
    """What alice sees of her issue."""

    alice: httpx.Client
    number: int

    def comments(self) -> list[str]:
        return [one["body"] for one in self.alice.get(f"{REPO}/issues/{self.number}/comments").json()]

    def pull(self) -> Any:
        return next(iter(self.alice.get(f"{REPO}/pulls").json()), None)

    def check(self, pull: Any) -> Any:
        found = self.alice.get(f"{REPO}/commits/{pull['head']['sha']}/check-runs").json()["check_runs"]
        return next((one for one in found if one["conclusion"]), None)


def _connect(stage: Stage, github: GitHub) -> str:
    """A repository, an App on it whose credentials the server has, and the server's address."""
    address = f"http://127.0.0.1:{port_to_keep()}"
    manifest = read_manifest()
    github.repository("octo/slugs", source=stage.repository, roles={"alice": "write", "acme-bot": "write"})
    app = github.app(webhook_url(address), permissions=manifest.permissions, events=manifest.events)
    github.install(app, "octo")
    credentials = AppCredentials(
        app_id=app.id,
        private_key=SecretStr(app.pem),
        webhook_secret=SecretStr(app.webhook_secret),
        slug=app.slug,
        api_url=github.api,
        web_url=github.url,
    )
    save(credentials, stage.data / "github.json")
    stage.env.update(
        PULLWRIGHT_PORT=address.rpartition(":")[2], PULLWRIGHT_ASSIGNEE="acme-bot", PULLWRIGHT_PROGRESS_SECONDS="0.5"
    )
    print(f"A stand-in for GitHub is at {github.url}, with the App on octo/slugs.", flush=True)
    return address


@contextmanager
def _serving(stage: Stage, address: str) -> Iterator[None]:
    print(f"$ pullwright serve          # {address}", flush=True)
    with (stage.folder / "serve.log").open("wb") as log:
        server = subprocess.Popen([stage.pullwright, "serve"], env=stage.env, stdout=log, stderr=log)
    try:
        _wait_for(f"{address}/health", server)
        yield
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(address, timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit("The server did not start; see serve.log in the folder of the demo.")


def _follow(look: _Look) -> bool:
    """Print what changes in the comment until it says no more; whether the change is proven."""
    shown, deadline = "", time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        headline = next((found[1] for text in look.comments() if (found := re.search(r"^### (.+)$", text, re.M))), "")
        if headline and headline != shown:
            print(f"    {headline}", flush=True)
            shown = headline
        pull = look.pull()
        if pull and shown and not shown.startswith(("At work", "Waiting")) and (check := look.check(pull)):
            kind = "draft" if pull["draft"] else "ready for review"
            print(f"\nPull request ({kind}):\n    {pull['html_url']}", flush=True)
            print(f"Check ({check['conclusion']}):\n    {check['html_url']}", flush=True)
            return shown.startswith("Proven")
        if shown.startswith(("Failed", "Aborted")):
            break
        time.sleep(0.2)
    print("\n".join(look.comments()))
    return False
