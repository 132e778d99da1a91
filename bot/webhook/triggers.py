"""The one table of what starts work: which event, under which condition, leads to which workflow on what.

The rows of an event are asked in their order, and the first that asks for something counts. What they ask is in
`bot.webhook.conditions`. A row names what it needs (`bot.github.features`): that says the event, and the permissions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.github.features import (
    CHECKS_HEARD,
    CODE,
    ISSUES,
    PULLS,
    PULLS_HEARD,
    RELEASES_HEARD,
    REVIEWS_HEARD,
    Feature,
)
from bot.webhook.conditions import comments, issues, pulls, releases
from bot.webhook.decisions import Asked, TriggerName
from bot.webhook.events.code import (
    BranchPushed,
    CheckCompleted,
    PullChanged,
    ReleaseChanged,
    ReviewCommented,
    Reviewed,
    TagPushed,
)
from bot.webhook.events.conversation import (
    About,
    Commented,
    IssueAssigned,
    IssueChanged,
    IssueLabeled,
    IssueOpened,
)
from bot.webhook.facts import Facts
from workflows.policy.config.repo_config import Triggers
from workflows.runs.principal import Role


@dataclass(frozen=True, slots=True)
class Trigger:
    """One line of the table.

    `act` is what somebody does, as the documentation has it. `wants` is the condition: what the event asks for by
    this row. `workflow` is what a wish starts, on what is still open. `role` is what whoever did it must be; None:
    commands look at that themselves, and a wish is the repository's own, whoever caused it. `by_default` says
    whether it counts where the repository says nothing. `bots`: also where a bot did it, other than we. `told`:
    whoever did it is told what keeps it from being done; else it is only in the log. `beside`: it counts beside
    whatever else the event means, and so does that.
    """

    why: TriggerName
    act: str
    event: type[About]
    wants: Callable[[Any, Facts], Awaitable[Asked]]
    workflow: str = ""
    needs: tuple[Feature, ...] = (ISSUES,)
    role: Role | None = Role.WRITE
    by_default: bool = True
    bots: bool = False
    told: bool = True
    beside: bool = False


_REVIEWING = (PULLS, PULLS_HEARD)
_FOLLOWING = (PULLS, REVIEWS_HEARD)

TRIGGERS = (
    Trigger(
        TriggerName.ASSIGNED,
        "an issue is assigned to the configured account",
        IssueAssigned,
        issues.assigned,
        "issue_to_pr",
    ),
    Trigger(TriggerName.LABEL, "an issue gets the configured label", IssueLabeled, issues.labeled, "issue_to_pr"),
    Trigger(
        TriggerName.COMMAND,
        "an issue is opened with `/fix` or `/plan` in it",
        IssueOpened,
        issues.with_command,
        "issue_to_pr",
    ),
    Trigger(
        TriggerName.MENTION, "an issue is opened with a mention in it", IssueOpened, issues.with_mention, "issue_to_pr"
    ),
    Trigger(
        TriggerName.BUG,
        "an issue gets a label of bugs",
        IssueLabeled,
        issues.bug_labeled,
        "triage",
        role=None,
        bots=True,
        told=False,
    ),
    Trigger(
        TriggerName.REPORTED,
        "any issue is opened, to be looked through",
        IssueOpened,
        issues.opened,
        "triage",
        role=None,
        by_default=False,
        told=False,
    ),
    Trigger(TriggerName.OPENED, "any issue is opened", IssueOpened, issues.opened, "issue_to_pr", by_default=False),
    Trigger(
        TriggerName.WITHDRAWN,
        "an issue at work is closed, locked, deleted or transferred, or loses the label or account that started it",
        IssueChanged,
        issues.withdrawn,
        role=None,
        bots=True,
        told=False,
    ),
    Trigger(
        TriggerName.TOLD_MORE,
        "whoever reported a bug edits the report, when a triage asked for something",
        IssueChanged,
        issues.told_more,
        "triage",
        role=None,
        told=False,
    ),
    Trigger(
        TriggerName.EDITED,
        "the text of an issue at work is edited",
        IssueChanged,
        issues.edited,
        role=None,
        bots=True,
        told=False,
    ),
    Trigger(TriggerName.COMMAND, "a comment gives commands", Commented, comments.commanded, role=None),
    Trigger(TriggerName.ANSWER, "a comment under a run that asks something", Commented, comments.answered),
    Trigger(
        TriggerName.TOLD_MORE,
        "whoever reported a bug answers what a triage asked for",
        Commented,
        comments.told_more,
        "triage",
        role=None,
        told=False,
    ),
    Trigger(
        TriggerName.MENTION,
        "a comment under one of our pull requests mentions the App",
        Commented,
        comments.mentioned_on_ours,
        "follow_up",
    ),
    Trigger(
        TriggerName.MENTION, "a comment on an issue mentions the App", Commented, comments.mentioned, "issue_to_pr"
    ),
    Trigger(
        TriggerName.PULL,
        "a pull request whose author may write is opened, made ready, reopened, pushed to or led to another base",
        PullChanged,
        pulls.pull_changed,
        "review_pr",
        _REVIEWING,
        role=None,
        bots=True,
        told=False,
    ),
    Trigger(
        TriggerName.FIX,
        "a pull request says that it mends an issue which a triage has reproduced, or is pushed to",
        PullChanged,
        pulls.says_it_mends,
        "fix_check",
        _REVIEWING,
        role=None,
        bots=True,
        told=False,
        beside=True,
    ),
    Trigger(
        TriggerName.REVIEWER,
        "the configured account is asked for a review",
        PullChanged,
        pulls.review_requested,
        "review_pr",
        _REVIEWING,
    ),
    Trigger(
        TriggerName.REVIEWED,
        "changes are requested on one of our pull requests",
        Reviewed,
        pulls.reviewed,
        "follow_up",
        _FOLLOWING,
        told=False,
    ),
    Trigger(
        TriggerName.REVIEWED,
        "the code of one of our pull requests is commented on",
        ReviewCommented,
        pulls.review_commented,
        "follow_up",
        _FOLLOWING,
        told=False,
    ),
    Trigger(
        TriggerName.REPLIED,
        "a thread that a review of ours began is answered with a mention, or with `apply`",
        ReviewCommented,
        pulls.replied,
        "review_reply",
        _FOLLOWING,
        told=False,
    ),
    Trigger(
        TriggerName.FAILED_CHECK,
        "a check fails on one of our pull requests",
        CheckCompleted,
        pulls.check_failed,
        "follow_up",
        (PULLS, CHECKS_HEARD),
        role=None,
        bots=True,
        told=False,
    ),
    Trigger(
        TriggerName.TAG,
        "a tag that names a version is pushed, or moved",
        TagPushed,
        releases.tag_pushed,
        "release_notes",
        (CODE, RELEASES_HEARD),
        role=None,
        bots=True,
        told=False,
    ),
    Trigger(
        TriggerName.TAG,
        "a tag is deleted of which notes of ours are in a draft, or in a pull request for the CHANGELOG",
        TagPushed,
        releases.tag_deleted,
        "notes_withdrawal",
        (CODE, RELEASES_HEARD),
        role=None,
        bots=True,
        told=False,
    ),
    Trigger(
        TriggerName.RELEASE,
        "a release is drafted without a text",
        ReleaseChanged,
        releases.release_drafted,
        "release_notes",
        (CODE, RELEASES_HEARD),
        role=None,
        told=False,
    ),
    Trigger(
        TriggerName.RELEASE,
        "the draft of a release is deleted whose tag was never made, and whose notes are proposed for the CHANGELOG",
        ReleaseChanged,
        releases.release_deleted,
        "notes_withdrawal",
        (CODE, RELEASES_HEARD),
        role=None,
        bots=True,
        told=False,
    ),
    Trigger(
        TriggerName.CHANGELOG,
        "the default branch moves while pull requests of ours for the CHANGELOG are open that it makes old ones",
        BranchPushed,
        releases.base_moved,
        "release_notes",
        (CODE, RELEASES_HEARD),
        role=None,
        bots=True,
        told=False,
    ),
)
"""What happens on GitHub and means something to us. A workflow costs a line here, and what it asks for above."""


def by_default() -> dict[str, bool]:
    """What each trigger that a repository can switch is where it says nothing, by its name."""
    names = Triggers.model_fields
    return {row.why.value: row.by_default for row in TRIGGERS if row.why.value in names}


def table() -> str:
    """The triggers as rows of Markdown: what happens, what it starts, who may, and how a repository decides."""
    rows = []
    for row in TRIGGERS:
        commands = row.role is None and row.event is Commented and not row.workflow
        who = "as each command says" if commands else str(row.role or "anybody")
        key = f"`{row.why}`" + ("" if row.by_default else " (off)") if row.why.value in Triggers.model_fields else ""
        rows.append(f"| {row.act} | {row.workflow and f'`{row.workflow}`'} | {who} | {key} |")
    return "\n".join(rows)
