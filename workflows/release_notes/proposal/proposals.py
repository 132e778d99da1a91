"""What earlier runs have proposed for the CHANGELOG: which of it is ours still, and what has become of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from workflows.effects.items import PullInfo
from workflows.release_notes.history.versions import version_of
from workflows.release_notes.state import FOLDER, SINCE, UNTIL, UNTIL_NAME, until_tag
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.values import RunStatus

_MOST_RUNS = 60
"""Of the repository's release notes, the newest first, among which earlier proposals are looked for."""
_NAME = "release_notes"
PATH = "changelog_path"
"""The key of a run's state with the file that its proposal edits."""
PUSHED = "proposal_pushed"
"""That with what its push does, as {"branch": ..., "before": ..., "after": ...}: written before it is done."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pull request for the CHANGELOG, as the newest run that has written it left it: its branch is at `commit`.

    `tag` is the tag that its notes are of; "" where they are of what a branch called `until_name` has, whose version
    was only suggested.
    """

    number: int
    branch: str
    commit: str
    since: str
    until: str
    until_name: str
    path: str
    folder: str
    asked: str = ""
    """The range that its notes were asked for, in words: FROM..TO, TO, or nothing."""
    of_no_tag: bool = False
    """They end with a branch or a commit, though that may be called like a version."""

    @property
    def tag(self) -> str:
        return self.until_name if version_of(self.until_name) is not None and not self.of_no_tag else ""


def proposals(db: sa.Connection, repository: str) -> list[Proposal]:
    """Those of the repository's newest runs, each pull request once, the newest first; open or not."""
    found: dict[int, Proposal] = {}
    for row in runs.list_runs(db, repository=repository, workflow=_NAME, limit=_MOST_RUNS):
        for one in _of(row):
            if one.number:
                found.setdefault(one.number, one)
    return list(found.values())


def commits_on(db: sa.Connection, repository: str, branch: str) -> frozenset[str]:
    """The commits at which runs of ours have left a branch of a proposal."""
    rows = runs.list_runs(db, repository=repository, workflow=_NAME, limit=_MOST_RUNS)
    ended = {one.commit for row in rows for one in _of(row) if one.branch == branch}
    pushed = [row.state.get(PUSHED) or {} for row in rows if _stands(row)]
    return frozenset({*ended, *(str(one["after"]) for one in pushed if one.get("branch") == branch)})


def is_ours(forge: Any, pull: PullInfo) -> bool:
    """Whether a pull request is open, and of our own making."""
    return pull.state == "open" and not pull.merged and forge.is_me(pull.author.login)


def _of(row: Run) -> Iterator[Proposal]:
    pull, state = row.state.get("pull") or {}, row.state
    if _stands(row) and state.get("branch") and state.get("commit"):
        yield Proposal(
            number=int(pull.get("number") or 0),
            branch=str(state["branch"]),
            commit=str(state["commit"]),
            since=str(state.get(SINCE.key) or ""),
            until=str(state.get(UNTIL.key) or ""),
            until_name=str(state.get(UNTIL_NAME.key) or ""),
            path=str(state.get(PATH) or ""),
            folder=str(state.get(FOLDER.key) or ""),
            asked=_asked(row.inputs.get("range") or {}),
            of_no_tag=not until_tag(state),
        )


def _asked(given: Mapping[str, str]) -> str:
    return f"{given['since']}..{given['until']}" if given.get("since") else given.get("until", "")


def _stands(row: Run) -> bool:
    return row.status is not RunStatus.ROLLED_BACK and not row.options.dry_run
