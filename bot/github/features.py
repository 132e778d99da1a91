"""What we do on GitHub, and which permissions and events each part takes: one table.

The App's manifest, what an installation lacks, and what does not work there therefore, all follow from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.errors import UserError

_LEVELS = ("read", "write", "admin")


@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """One thing that works, or does not, as a whole.

    `does` says what that is, so that "takes" can stand behind it. `permissions` are levels by name, `events` those
    that GitHub delivers for it. Where `optional`, an installation whose owner has not granted it keeps all else.
    `ahead` says that nothing of this version uses it: it is asked for so that owners accept once. What is not `kept`
    is only heard: of such an event no delivery is stored.
    """

    does: str
    permissions: Mapping[str, str] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    optional: bool = False
    ahead: bool = False
    kept: bool = True

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
CODE = Feature("reading the code, and pushing its own branches", {"contents": "write"})
ISSUES = Feature(
    "being asked on issues by label, assignment and comment, and answering there",
    {"issues": "write"},
    ("issues", "issue_comment"),
)
MARKS = Feature(
    "labelling issues, and giving them their organization's type and field for a priority",
    {"issues": "write"},
)
PULLS = Feature("opening pull requests, and asking for reviews", {"pull_requests": "write"})
CHECKS = Feature("showing a run as a check beside its pull request", {"checks": "write"})
PULLS_HEARD = Feature("hearing of pull requests, to review them", {"pull_requests": "read"}, ("pull_request",))
REVIEWS_HEARD = Feature(
    "hearing of reviews and of comments on code",
    {"pull_requests": "read"},
    ("pull_request_review", "pull_request_review_comment"),
)
CHECKS_HEARD = Feature("hearing what checks came to", {"checks": "read"}, ("check_run", "check_suite"))
LOGS = Feature("reading the logs of failed jobs", {"actions": "read"}, optional=True)
RELEASES_HEARD = Feature(
    "hearing of tags, releases, and edits of its configuration", {"contents": "read"}, ("push", "release")
)
DEPLOYMENTS_HEARD = Feature(
    "hearing of deployments", {"deployments": "read"}, ("deployment_status",), optional=True, ahead=True
)
TEAMS = Feature("knowing who belongs to an organization's teams", {"members": "read"}, optional=True, ahead=True)
RIGHTS_HEARD = Feature(
    "hearing at once that somebody's role has changed",  # https://docs.github.com/en/webhooks/webhook-events-and-payloads
    {"members": "read"},
    ("member", "membership", "organization", "team_add"),
    optional=True,
    kept=False,
)

FEATURES = (
    CODE,
    ISSUES,
    MARKS,
    PULLS,
    CHECKS,
    ROLES,
    PULLS_HEARD,
    REVIEWS_HEARD,
    CHECKS_HEARD,
    LOGS,
    RELEASES_HEARD,
    DEPLOYMENTS_HEARD,
    TEAMS,
    RIGHTS_HEARD,
)

GIVEN_ANYWAY = ("installation", "installation_repositories")
"""Events that every App gets and none may ask for."""


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


def users(permission: str) -> str:
    """What a permission is for, in words."""
    return "; ".join(one.does for one in FEATURES if permission in one.permissions)


def missing(granted: Mapping[str, str]) -> Mapping[str, Sequence[Feature]]:
    """What was not granted, as "contents: write", and what does not work without it."""
    found: dict[str, list[Feature]] = {}
    for name, level in permissions().items():
        short = [
            one for one in FEATURES if name in one.permissions and not covers(granted.get(name), one.permissions[name])
        ]
        if short:
            found[f"{name}: {level}"] = short
    return found


HEARD = frozenset((*GIVEN_ANYWAY, *events(one for one in FEATURES if not one.ahead and one.kept)))
"""The events of which deliveries are kept, since something is done with them: any other is only answered."""


def table() -> str:
    """The features as rows of Markdown: what, its permissions, its events, and what becomes of the rest without."""
    rows = []
    for one in FEATURES:
        levels = ", ".join(f"{name.replace('_', ' ')}: {level}" for name, level in one.permissions.items())
        named = ", ".join(f"`{name}`" for name in one.events)
        without = "all else works" if one.optional else "no run works"
        used = "not yet" if one.ahead else "yes"
        rows.append(f"| {one.does} | {levels} | {named} | {used} | {without} |")
    return "\n".join(rows)


def covers(granted: str | None, wanted: str) -> bool:
    """Whether a level holds another one; what was never granted is None."""
    return granted in _LEVELS and _LEVELS.index(granted) >= _LEVELS.index(wanted)
