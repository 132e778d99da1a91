"""The scene that most tests of GitHub start from: one repository, one installed App, and people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests.fakes.github.client import AppKeys, GitHub

Json = Any
REPO = "/repos/octo/sample"


@dataclass
class Scene:
    """A repository with an App installed, alice who may write, and bob who may read."""

    github: GitHub
    app: AppKeys
    installation: int
    bot: httpx.Client
    alice: httpx.Client
    bob: httpx.Client

    def issue(self, title: str = "It is broken", **fields: Json) -> int:
        answer = self.alice.post(f"{REPO}/issues", json={"title": title, **fields})
        return int(answer.raise_for_status().json()["number"])

    def branch(self, name: str, *files: str) -> str:
        """A branch off main with one commit per file; returns its head."""
        head = str(self.alice.get(f"{REPO}/git/ref/heads/main").json()["object"]["sha"])
        self.alice.post(f"{REPO}/git/refs", json={"ref": f"refs/heads/{name}", "sha": head}).raise_for_status()
        for path in files:
            fields = {"message": f"Add {path}", "content": "b25lCnR3bwp0aHJlZQo=", "branch": name}
            answer = self.alice.put(f"{REPO}/contents/{path}", json=fields).raise_for_status()
            head = str(answer.json()["commit"]["sha"])
        return head

    def pull(self, name: str = "fix/issue-1", **fields: Json) -> Json:
        self.branch(name, "one.txt")
        given = {"title": "Mend it", "head": name, "base": "main", **fields}
        return self.bot.post(f"{REPO}/pulls", json=given).raise_for_status().json()
