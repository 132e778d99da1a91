"""What a run is about: an issue, a pull request, a tag or a branch of a repository on a forge, or a path here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class SubjectKind(StrEnum):
    """What a subject is. ISSUE and PULL have a number, TAG and BRANCH a name; a PATH is the repository itself."""

    ISSUE = "issue"
    PULL = "pull"
    TAG = "tag"
    BRANCH = "branch"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that runs can be about.

    `repository` is "owner/name" on a forge, else the path of a repository on this machine.
    `number` is 0 where the kind, or an issue from a file, has none.
    """

    kind: SubjectKind
    repository: str
    forge: str = ""
    installation: int = 0
    number: int = 0
    name: str = ""

    @property
    def told_on(self) -> int:
        """The number of the issue or pull request on which a run is told of; 0 where there is none."""
        return self.number if self.forge and self.kind in (SubjectKind.ISSUE, SubjectKind.PULL) else 0

    @property
    def label(self) -> str:
        """`owner/name#12`, `owner/name@v1.2`, or the path: for people, and for what only one run may be about."""
        if self.number:
            return f"{self.repository}#{self.number}"
        return f"{self.repository}@{self.name}" if self.name else self.repository


def subject_of(inputs: Mapping[str, Any], repository: str) -> Subject:
    """The subject that a run's inputs name. Those of runs before there were subjects name an issue."""
    from workflows.values import from_json

    if "subject" in inputs:
        return from_json(Subject, inputs["subject"])
    issue = inputs.get("issue") or {}
    return Subject(
        kind=SubjectKind.ISSUE if issue else SubjectKind.PATH,
        repository=str(inputs.get("repository") or repository),
        forge=str(inputs.get("forge") or ""),
        installation=int(inputs.get("installation") or 0),
        number=int(issue.get("number") or 0),
    )
