"""What we do on GitHub, and which permissions and events each part takes: one table.

The App's manifest, what an installation lacks, and what does not work there therefore, all follow from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sandbox.errors import UserError

_LEVELS = ("read", "write", "admin")


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing that works, or does not, as a whole.

    `does` says what that is, so that "takes" can stand behind it. `permissions` are levels by name, `events` those
    that GitHub delivers for it. Where `optional`, an installation whose owner has not granted it keeps all else.
    `ahead` says that nothing of this version uses it: it is asked for so that owners accept once.
    """

    does: str
    permissions: Mapping[str, str] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    optional: bool = False
    ahead: bool = False

    def lacking(self, granted: Mapping[str, str]) -> list[str]:
        """What it takes and was not granted, as "issues: write"."""
        return [f"{name}: {level}" for name, level in self.permissions.items() if not covers(granted.get(name), level)]


class NotGranted(UserError):
    """The owner of an installation has not accepted a permission; `where` is the address of its settings, if known."""

    def __init__(self, feature: Feature, granted: Mapping[str, str], where: str = "") -> None:
        lacking = ", ".join(feature.lacking(granted))
        there = f"at {where}" if where else "in the account's settings, under GitHub Apps"
        super().__init__(
            f"This installation has not granted {lacking}, which {feature.does} takes.",
            f"An owner accepts it {there}; then ask again.",
        )


ROLES = Feature(
    "knowing who may give it work, and where a repository is",
    {"metadata": "read"},
    ("repository",),
)
CODE = Feature("reading the code and the configuration, and pushing its own branches", {"contents": "write"})
ISSUES = Feature(
    "being asked on issues by label, assignment and comment, and answering there",
    {"issues": "write"},
    ("issues", "issue_comment"),
)
PULLS = Feature(
    "opening pull requests, and hearing what happens to them",
    {"pull_requests": "write"},
    ("pull_request",),
)
CHECKS = Feature("a check that shows the run beside the pull request", {"checks": "write"})
REVIEWS = Feature(
    "hearing reviews and comments on the code",
    {"pull_requests": "write"},
    ("pull_request_review", "pull_request_review_comment"),
    ahead=True,
)
OTHERS_CHECKS = Feature(
    "hearing that checks of others have failed",
    {"checks": "read"},
    ("check_run", "check_suite"),
    ahead=True,
)
LOGS = Feature("reading the logs of failed jobs", {"actions": "read"}, optional=True, ahead=True)
RELEASES = Feature("hearing of tags and releases", {"contents": "read"}, ("push", "release"), ahead=True)
DEPLOYMENTS = Feature(
    "hearing how deployments go", {"deployments": "read"}, ("deployment_status",), optional=True, ahead=True
)
TEAMS = Feature("knowing who belongs to a team of the organization", {"members": "read"}, optional=True, ahead=True)

FEATURES = (
    ROLES,
    CODE,
    ISSUES,
    PULLS,
    CHECKS,
    REVIEWS,
    OTHERS_CHECKS,
    LOGS,
    RELEASES,
    DEPLOYMENTS,
    TEAMS,
)


def permissions(features: Iterable[Feature] = FEATURES) -> dict[str, str]:
    """All that features take, each at the highest level that one of them needs."""
    found: dict[str, str] = {}
    for feature in features:
        for name, level in feature.permissions.items():
            found[name] = max(found.get(name, level), level, key=_LEVELS.index)
    return found


def events(features: Iterable[Feature] = FEATURES) -> tuple[str, ...]:
    """All events that are delivered for features, each once."""
    return tuple(dict.fromkeys(name for feature in features for name in feature.events))


def short_of(granted: Mapping[str, str], features: Iterable[Feature] = FEATURES) -> Iterator[tuple[Feature, list[str]]]:
    """The features that do not work with what was granted, each with what it lacks."""
    for feature in features:
        if lacking := feature.lacking(granted):
            yield feature, lacking


def covers(granted: str | None, wanted: str) -> bool:
    """Whether a level holds another one; what was never granted is None."""
    return granted in _LEVELS and _LEVELS.index(granted) >= _LEVELS.index(wanted)
