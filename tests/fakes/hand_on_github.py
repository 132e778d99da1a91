"""Steps of a run taken one by one, as in `steps_by_hand`, on the stand-in GitHub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from bot.github.api.credentials import AppCredentials
from bot.github.client import GitHub as Client
from bot.github.forge import GitHubForge
from tests.fakes.github import AppKeys, GitHub
from tests.fakes.steps_by_hand import ISSUE, ByHand, by_hand
from workflows.services import Services
from workflows.values import Issue

REPO = "/repos/octo/adder"


@dataclass
class OnGitHub:
    """A run on `octo/adder`, where alice may write and carol is an administrator; the App may write."""

    hand: ByHand
    github: GitHub
    app: AppKeys
    alice: httpx.Client = field(init=False)
    carol: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.alice, self.carol = self.github.as_user("alice"), self.github.as_user("carol")

    def head(self, branch: str) -> str:
        return str(self.alice.get(f"{REPO}/git/ref/heads/{branch}").raise_for_status().json()["object"]["sha"])

    def force(self, branch: str, commit: str) -> None:
        """Somebody force-pushes."""
        fields = {"sha": commit, "force": True}
        self.alice.patch(f"{REPO}/git/refs/heads/{branch}", json=fields).raise_for_status()


@contextmanager
def hand_on_github(
    folder: Path,
    github: GitHub,
    files: Mapping[str, str | bytes],
    *,
    rules: tuple[Any, ...] = (),
    settings: Mapping[str, Any] | None = None,
    issue: Issue = ISSUE,
    branches: tuple[str, ...] = (),
) -> Iterator[OnGitHub]:
    """A run whose workspace is open and whose branch was created under these rulesets, beside those branches."""
    app = github.app()
    client = Client(credentials(github, app))

    def on(repository: Path, services: Services) -> Services:
        roles = {"alice": "write", "carol": "admin"}
        github.repository("octo/adder", source=repository, roles=roles)
        installation = github.install(app, "octo")
        for number in range(1, issue.number + 1):
            fields = {"title": issue.title if number == issue.number else f"Issue {number}", "body": issue.body}
            github.as_user("alice").post(f"{REPO}/issues", json=fields).raise_for_status()
        head = github.as_user("alice").get(f"{REPO}/git/ref/heads/main").json()["object"]["sha"]
        for name in branches:
            ref = {"ref": f"refs/heads/{name}", "sha": head}
            github.as_user("alice").post(f"{REPO}/git/refs", json=ref).raise_for_status()
        github.rulesets("octo/adder", *rules)
        place = client.repository(installation, "octo/adder")
        return replace(services, forge=lambda run: GitHubForge(place, services.workspaces.repository(run), "alice"))

    with by_hand(
        folder,
        files,
        forge="github",
        base="",
        on=on,
        closing=client.close,
        settings={"model": "openai/x", **(settings or {})},
        issue=issue,
    ) as hand:
        yield OnGitHub(hand, github, app)


def credentials(github: GitHub, app: AppKeys) -> AppCredentials:
    return AppCredentials(
        app_id=app.id,
        private_key=SecretStr(app.pem),
        webhook_secret=SecretStr(app.webhook_secret),
        slug=app.slug,
        api_url=github.api,
        web_url=github.url,
    )
