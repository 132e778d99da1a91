"""The pull request that an earlier run opened for the same issue: new work goes on there, unless it is to be fresh."""

from __future__ import annotations

import re
from typing import Any

from bot.github.api.errors import NotFound
from bot.github.repository import RepositoryClient
from workflows.store.database import Store
from workflows.store.run_rows import runs
from workflows.values import RunStatus

_MOST = 3
"""Earlier runs that are looked at, newest first."""
_NEW = re.compile(r"new(?:\s*[:,.]\s*|\s*$)", re.IGNORECASE)


def fresh(hint: str) -> tuple[bool, str]:
    """Whether what stands behind `/fix` asks for a start afresh (`new`, `new: hint`), and the hint itself."""
    found = _NEW.match(hint.strip())
    return (True, hint.strip()[found.end() :]) if found else (False, hint)


async def open_pull_of(store: Store, place: RepositoryClient, repository: str, number: int) -> dict[str, Any] | None:
    """The open pull request of an earlier run on an issue, as a new run is told of it; None where there is none.

    One whose branch is not in this repository, or that a person opened, is nobody's to go on with.
    """
    found = await store.read(runs.of_number, repository, number, workflow="issue_to_pr")
    opened = [one for one in found if one.status is not RunStatus.ROLLED_BACK and _pull(one.state)]
    for run in opened[:_MOST]:
        try:
            pull = await place.pull(_pull(run.state))
        except NotFound:
            continue
        if pull.state == "open" and pull.head_repository and place.is_me(pull.author.login):
            return {"run": run.id, "pull": pull.number, "branch": pull.head, "base": pull.base}
    return None


def _pull(state: Any) -> int:
    return int((state.get("pull") or {}).get("number") or 0)
