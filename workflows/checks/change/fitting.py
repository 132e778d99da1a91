"""Whether a test that fails without a change fails for a reason that has to do with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from workflows.checks.change.mixed_trees import Mixed
from workflows.reports.reasons import Reason, ReasonKind

_SURROUNDINGS = {
    ReasonKind.NETWORK: "it needs the network",
    ReasonKind.SERVICE: "it needs a service that is not there",
    ReasonKind.TIME: "it ran out of time",
    ReasonKind.SUBMODULE: "it needs a submodule",
    ReasonKind.FIXTURE: "its fixture is broken",
    ReasonKind.COLLECTION: "it cannot be loaded",
    ReasonKind.UNKNOWN: "what it fails with could not be read",
}


@dataclass(frozen=True, slots=True)
class WantedFailure:
    """What the change is about, in words: the issue, and the plan where there is one."""

    issue: str = ""
    plan: str = ""

    def names(self, name: str) -> bool:
        """Whether issue or plan speak of that name."""
        return bool(re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", f"{self.issue}\n{self.plan}"))


def misfit(found: Reason, said: str, mixed: Mixed, wanted: WantedFailure) -> str:
    """Why a failure without the change shows nothing about it, as the end of a sentence; "" where it does.

    It fits where the test itself objects (an assertion), where the error is the reported one or comes out of code
    that the change touches, and where something new is missing that issue or plan name and the change defines.
    """
    if found.kind in _SURROUNDINGS:
        return _SURROUNDINGS[found.kind]
    if found.kind is ReasonKind.ASSERTION:
        return ""
    if found.kind in (ReasonKind.NAME, ReasonKind.PACKAGE):
        return _missing(found, said, mixed, wanted)
    if any(wanted.names(name) for name in found.names) or _comes_from(said, mixed):
        return ""
    return f"it fails with {', '.join(found.names) or 'an error'}, which is not what the issue reports"


def misfit_beforehand(found: Reason, said: str, mixed: Mixed, wanted: WantedFailure) -> str:
    """The same before there is a change: the names that are missing are yet to be defined by it."""
    if found.kind in (ReasonKind.NAME, ReasonKind.PACKAGE):
        to_come = frozenset(re.split(r"[./:]+", one.strip("./"))[-1] for one in found.names)
        mixed = replace(mixed, defined=to_come)
    return misfit(found, said, mixed, wanted)


def _missing(found: Reason, said: str, mixed: Mixed, wanted: WantedFailure) -> str:
    ends = {name: re.split(r"[./:]+", name.strip("./"))[-1] for name in found.names}
    unknown = [name for name, end in ends.items() if end not in mixed.defined]
    if unknown and found.kind is ReasonKind.NAME and _comes_from(said, mixed):
        return ""  # `NoneType` has no such attribute: an error like others
    if unknown and found.kind is ReasonKind.PACKAGE:
        return f"the package {unknown[0]} is missing"
    if unknown:
        return f"it misses {unknown[0]}, which the change does not define"
    unnamed = [name for name, end in ends.items() if not wanted.names(end)]
    return f"it misses {unnamed[0]}, which neither the issue nor the plan names" if unnamed else ""


def _comes_from(said: str, mixed: Mixed) -> bool:
    """Whether an error was raised in, or on the way through, a file that the change touches."""
    frame = r"(?::\d+|\"?, line \d+)"
    return any(re.search(rf"(?<![\w.-]){re.escape(path)}{frame}", said) for path in mixed.sources)
