"""A server of ours as a process of its own, in the environment of an operator."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr

from bot.github.api.credentials import AppCredentials, save
from tests.fakes.github.client import AppKeys, GitHub
from tests.fakes.warm_cli import ROOT, Fork, warm

_PATIENCE = 60.0


@dataclass
class Server:
    """`url` is empty for a process that only works."""

    process: subprocess.Popen[bytes] | Fork
    log: Path
    url: str = ""

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_until_said(self, pattern: str) -> re.Match[str]:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if found := re.search(pattern, self.said()):
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"the server never said {pattern!r}, but:\n{self.said()}")

    def memory(self) -> int:
        """Resident bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def kill(self) -> None:
        """As a power failure would."""
        self.process.kill()
        self.process.wait()

    def terminate(self) -> int:
        """As an operator would; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=_PATIENCE)


@contextmanager
def started(
    command: str, data: Path, environ: Mapping[str, str] | None = None, *, cold: bool = False, descriptors: int = 0
) -> Iterator[Server]:
    """`pullwright COMMAND`, on a free port, until the block is left; `cold` is as an operator starts it, not forked.

    `descriptors` is the most that the process may have open.
    """
    log = data.parent / f"{command}-{time.monotonic_ns()}.log"
    log.touch()
    own = environment(data) | {"PULLWRIGHT_PORT": "0", "PULLWRIGHT_MODEL": "openai/none", **(environ or {})}
    own |= {"OPENAI_API_KEY": "none"}
    process = (
        _cold([command], own, log, descriptors) if cold or descriptors else warm().start([command], own, ROOT, log)
    )
    server = Server(process, log)
    try:
        if command != "worker":
            server.url = server.wait_until_said(r"Listening on (http://\S+)")[1]
        yield server
    finally:
        if process.poll() is None:
            server.terminate()


def _cold(words: list[str], environ: Mapping[str, str], log: Path, descriptors: int = 0) -> subprocess.Popen[bytes]:
    bound = ["prlimit", f"--nofile={descriptors}:{descriptors}"] if descriptors else []
    with log.open("wb") as out:
        return subprocess.Popen(
            [*bound, sys.executable, "-m", "bot.cli.main", *words], cwd=ROOT, env=environ, stderr=out, stdout=out
        )


def environment(data: Path) -> dict[str, str]:
    """Ours, without the settings of whoever runs the tests."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PULLWRIGHT_")}
    return own | {"PULLWRIGHT_DATA": str(data)}


def credentials_in(data: Path, github: GitHub, app: AppKeys) -> AppCredentials:
    """The App's credentials, kept where a server looks for them."""
    made = AppCredentials(
        app_id=app.id,
        private_key=SecretStr(app.pem),
        webhook_secret=SecretStr(app.webhook_secret),
        slug=app.slug,
        api_url=github.api,
        web_url=github.url,
    )
    save(made, data / "github.json")
    return made


def deliver(url: str, secret: str, guid: str, event: str, body: bytes, client: httpx.Client | None = None) -> int:
    """A signed webhook to `url`; the status of the answer."""
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": guid,
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }
    post = client.post if client is not None else httpx.post
    return post(f"{url}/webhook", content=body, headers=headers).status_code
