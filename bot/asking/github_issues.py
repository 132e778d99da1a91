"""Issues as they are on GitHub at this moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.errors import UserError
from workflows.errors import NotFound
from workflows.store.records import Run
from workflows.values import Issue

if TYPE_CHECKING:
    from bot.github.client import GitHub


@dataclass(frozen=True, slots=True)
class GitHubIssues:
    """Implements `IssueSource`. `github` gives the client, None while no App is set up."""

    github: Callable[[], GitHub | None]

    async def issue(self, run: Run) -> Issue:
        github, subject = self.github(), run.subject
        if github is None:
            raise UserError(
                "No GitHub App is set up here.", "Set one up: `pullwright serve` prints the link that leads through it."
            )
        if not subject.told_on:
            raise NotFound("This run is about no issue.")
        number = int(run.inputs["issue"]["number"])
        found = await github.repository(subject.installation, subject.repository).issue(number)
        return Issue(found.number, found.title, found.body)
