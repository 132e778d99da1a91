"""The one table of what starts work: which event, under which condition, leads to which workflow on what.

The rows of an event are asked in their order, and the first that asks for something counts. A row names what it
needs (`bot.github.features`): that says the event, and the permissions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.commands import comment_text
from bot.commands.table import parse
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
from bot.webhook.decisions import AnswerQuestion, Ignore, NoteEdit, RunCommands, TriggerName, Withdraw
from bot.webhook.events.code import CheckCompleted, PullChanged, ReleaseChanged, ReviewCommented, Reviewed, TagPushed
from bot.webhook.events.conversation import (
    About,
    Actor,
    Commented,
    IssueAssigned,
    IssueChanged,
    IssueLabeled,
    IssueOpened,
)
from bot.webhook.facts import Facts
from workflows.policy.config.repo_config import Triggers
from workflows.release_notes.history.versions import version_of
from workflows.review_pr.forge import all_linked
from workflows.review_pr.reply.asked import APPLY
from workflows.runs.principal import Role
from workflows.runs.withdrawal import withdrawal
from workflows.store.records import Run
from workflows.subject import Subject
from workflows.triage.state import has_asked


@dataclass(frozen=True, slots=True)
class Wish:
    """That work is wanted: on the event's own subject where none is named; otherwise as in `StartRun`."""

    hint: str = ""
    approve: bool = False
    subject: Subject | None = None


Asked = Wish | RunCommands | AnswerQuestion | Withdraw | NoteEdit | Ignore


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


async def _assigned(event: IssueAssigned, facts: Facts) -> Asked:
    ours = facts.names.assignee
    if not ours or event.assignee.lower() != ours.lower():
        return Ignore("it is assigned to somebody else")
    return Wish()


async def _labeled(event: IssueLabeled, facts: Facts) -> Asked:
    config = await facts.config()
    wanted = config.label or facts.names.label
    return Wish() if event.label.lower() == wanted.lower() else Ignore("it is another label")


async def _bug_labeled(event: IssueLabeled, facts: Facts) -> Asked:
    rules = (await facts.config()).triage_rules()
    wanted = {name.lower() for name in rules.bug_labels}
    return Wish() if event.label.lower() in wanted else Ignore("it is no label of bugs")


async def _told_more(event: Commented, facts: Facts) -> Asked:
    """An answer of whoever reported it, where the last triage asked for something."""
    own = not event.on_pull and event.author.login.lower() == event.issue.author.lower() == event.sender.login.lower()
    if not own or event.edited or not event.body.strip() or _calls(event, facts):
        return Ignore("it is no answer of whoever reported it")
    return Wish() if has_asked(await facts.run()) else Ignore("nothing was asked for")


async def _with_command(event: IssueOpened, facts: Facts) -> Asked:
    for call in parse(event.issue.body, to=facts.names.slug):
        if call.name in ("fix", "plan"):
            return Wish(call.arguments, approve=call.name == "plan")
    return Ignore("its text gives no command")


async def _with_mention(event: IssueOpened, facts: Facts) -> Asked:
    said = comment_text.mentions(event.issue.body, facts.names.slug)
    return Wish() if said else Ignore("its text does not mention us")


async def _opened(event: IssueOpened, facts: Facts) -> Asked:
    return Wish()


async def _commanded(event: Commented, facts: Facts) -> Asked:
    calls = _calls(event, facts)
    return RunCommands(calls) if calls else Ignore("it gives no command")


async def _answered(event: Commented, facts: Facts) -> Asked:
    said = [line for line in comment_text.lines(event.body) if line]
    to_others = bool(said) and all(line.startswith("/") for line in said)
    if _calls(event, facts) or event.edited or not event.body.strip() or to_others:
        return Ignore("it is no answer")
    return Ignore("no run asks anything") if await facts.asking() is None else AnswerQuestion(event.body)


async def _mentioned(event: Commented, facts: Facts) -> Asked:
    slug = facts.names.slug
    new = comment_text.mentions(event.body, slug) and not comment_text.mentions(event.before, slug)
    if not new or _calls(event, facts):
        return Ignore("it says nothing new to us")
    if event.on_pull:
        return Ignore("a mention on a pull request starts nothing")
    return Wish(" ".join(comment_text.lines(event.body)))


async def _withdrawn(event: IssueChanged, facts: Facts) -> Asked:
    if event.change == "edited":
        return Ignore("its text is another one")
    run = await facts.at_work()
    if run is None:
        return Ignore("nothing is at work on it")
    why = withdrawal(event.change, event.reason, (event.name, event.id), run.inputs.get("asked_by") or {})
    return Withdraw(why) if why else Ignore("what started the work is still there")


async def _edited(event: IssueChanged, facts: Facts) -> Asked:
    if event.change != "edited":
        return Ignore("its text is what it was")
    run = await facts.at_work()
    if run is None:
        return Ignore("nothing is at work on it")
    return NoteEdit(await facts.role(event.sender.login) >= Role.WRITE)


async def _pull_changed(event: PullChanged, facts: Facts) -> Asked:
    """What is cheap is asked first; our own pull requests are reviewed only where somebody says so."""
    if event.action not in _REVIEWED:
        return Ignore("nothing to review has come")
    if event.pull.author.login.lower() == f"{facts.names.slug}[bot]".lower():
        return Ignore("it is our own pull request")
    rules = (await facts.config()).review_rules()
    if event.pull.draft and not rules.drafts:
        return Ignore("drafts are not reviewed by themselves here")
    if event.pull.author.bot and not rules.bots:
        return Ignore("pull requests of bots are not reviewed by themselves here")
    author = event.pull.author.login
    if not event.pull.author.bot and not rules.outsiders and await facts.role(author) < Role.WRITE:
        return Ignore(f"{author} may not write here, and others' pull requests are not reviewed by themselves")
    return Wish()


_REVIEWED = frozenset({"opened", "ready_for_review", "synchronize", "reopened"})


async def _says_it_mends(event: PullChanged, facts: Facts) -> Asked:
    """A pull request that names an issue which a triage has reproduced."""
    numbers = all_linked(event.pull.body)[:_MOST_LINKED]
    if not numbers or event.action not in (*_REVIEWED, "edited"):
        return Ignore("it names no issue that it mends")
    fixes = (await facts.config()).triage_rules().fixes
    fork = event.pull.head_repository.lower() != event.place.repository.lower()
    if fixes == "off" or (fork and fixes != "all"):
        return Ignore("its code is not run here")
    for number in numbers:
        if await facts.reproduced(number):
            return Wish(str(number))
    return Ignore("what it mends was not reproduced")


_MOST_LINKED = 5
"""Issues of one pull request that are looked up."""


async def _review_requested(event: PullChanged, facts: Facts) -> Asked:
    ours = facts.names.assignee
    if event.action != "review_requested" or not ours or event.requested.lower() != ours.lower():
        return Ignore("nobody asks us for a review")
    return Wish()


async def _reviewed(event: Reviewed, facts: Facts) -> Asked:
    if event.state != "changes_requested":
        return Ignore("it requests no changes")
    return Wish() if _is_ours(event.pull.author, facts) else Ignore("it is not our pull request")


async def _review_commented(event: ReviewCommented, facts: Facts) -> Asked:
    if event.edited or not event.body.strip():
        return Ignore("nothing new is said")
    return Wish() if _is_ours(event.pull.author, facts) else Ignore("it is not our pull request")


async def _replied(event: ReviewCommented, facts: Facts) -> Asked:
    """A word to us in a thread that we began; on our own pull requests all threads are followed up."""
    if not event.thread or event.edited or _is_ours(event.pull.author, facts):
        return Ignore("it answers nothing on another's pull request")
    slug = facts.names.slug
    applies = comment_text.is_order(event.body, "apply", slug)
    if not applies and not comment_text.mentions(event.body, slug):
        return Ignore("it says nothing to us")
    if not await facts.begun_by_us(event.pull.number, event.thread):
        return Ignore("somebody else began that thread")
    return Wish(APPLY if applies else event.body)


async def _mentioned_on_ours(event: Commented, facts: Facts) -> Asked:
    slug = facts.names.slug
    ours = event.on_pull and event.issue.author.lower() == f"{slug}[bot]".lower()
    new = comment_text.mentions(event.body, slug) and not comment_text.mentions(event.before, slug)
    if not ours or not new or _calls(event, facts):
        return Ignore("nobody speaks to us under a pull request of ours")
    return Wish(event.body)


async def _check_failed(event: CheckCompleted, facts: Facts) -> Asked:
    if event.check.conclusion not in ("failure", "timed_out"):
        return Ignore("it did not fail")
    run = await facts.run()
    ours = run is not None and len(event.check.pulls) == 1 and _number_of(run) == event.check.pulls[0]
    return Wish() if ours else Ignore("it is on no pull request of ours")


def _is_ours(author: Actor, facts: Facts) -> bool:
    return author.login.lower() == f"{facts.names.slug}[bot]".lower()


def _number_of(run: Run) -> int:
    """The pull request that a run has opened, or pushed to."""
    return int((run.state.get("pull") or {}).get("number") or 0)


async def _tag_pushed(event: TagPushed, facts: Facts) -> Asked:
    if not event.after:
        return Ignore("the tag is gone")
    return Wish() if version_of(event.tag) is not None else Ignore("it names no version")


async def _release_drafted(event: ReleaseChanged, facts: Facts) -> Asked:
    if event.action != "created" or not event.draft or event.body.strip():
        return Ignore("no release waits for its notes")
    return Wish()


_REVIEWING = (PULLS, PULLS_HEARD)
_FOLLOWING = (PULLS, REVIEWS_HEARD)

TRIGGERS = (
    Trigger(
        TriggerName.ASSIGNED, "an issue is assigned to the configured account", IssueAssigned, _assigned, "issue_to_pr"
    ),
    Trigger(TriggerName.LABEL, "an issue gets the configured label", IssueLabeled, _labeled, "issue_to_pr"),
    Trigger(
        TriggerName.COMMAND,
        "an issue is opened with `/fix` or `/plan` in it",
        IssueOpened,
        _with_command,
        "issue_to_pr",
    ),
    Trigger(TriggerName.MENTION, "an issue is opened with a mention in it", IssueOpened, _with_mention, "issue_to_pr"),
    Trigger(
        TriggerName.BUG,
        "an issue gets a label of bugs",
        IssueLabeled,
        _bug_labeled,
        "triage",
        role=None,
        bots=True,
        told=False,
    ),
    Trigger(
        TriggerName.REPORTED,
        "any issue is opened, to be looked through",
        IssueOpened,
        _opened,
        "triage",
        role=None,
        by_default=False,
        told=False,
    ),
    Trigger(TriggerName.OPENED, "any issue is opened", IssueOpened, _opened, "issue_to_pr", by_default=False),
    Trigger(
        TriggerName.WITHDRAWN,
        "an issue at work is closed, locked, deleted or transferred, or loses the label or account that started it",
        IssueChanged,
        _withdrawn,
        role=None,
        bots=True,
        told=False,
    ),
    Trigger(
        TriggerName.EDITED,
        "the text of an issue at work is edited",
        IssueChanged,
        _edited,
        role=None,
        bots=True,
        told=False,
    ),
    Trigger(TriggerName.COMMAND, "a comment gives commands", Commented, _commanded, role=None),
    Trigger(TriggerName.ANSWER, "a comment under a run that asks something", Commented, _answered),
    Trigger(
        TriggerName.TOLD_MORE,
        "whoever reported a bug answers what a triage asked for",
        Commented,
        _told_more,
        "triage",
        role=None,
        told=False,
    ),
    Trigger(
        TriggerName.MENTION,
        "a comment under one of our pull requests mentions the App",
        Commented,
        _mentioned_on_ours,
        "follow_up",
    ),
    Trigger(TriggerName.MENTION, "a comment on an issue mentions the App", Commented, _mentioned, "issue_to_pr"),
    Trigger(
        TriggerName.PULL,
        "a pull request is opened, made ready for review, reopened or pushed to, and its author may write",
        PullChanged,
        _pull_changed,
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
        _says_it_mends,
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
        _review_requested,
        "review_pr",
        _REVIEWING,
    ),
    Trigger(
        TriggerName.REVIEWED,
        "changes are requested on one of our pull requests",
        Reviewed,
        _reviewed,
        "follow_up",
        _FOLLOWING,
        told=False,
    ),
    Trigger(
        TriggerName.REVIEWED,
        "the code of one of our pull requests is commented on",
        ReviewCommented,
        _review_commented,
        "follow_up",
        _FOLLOWING,
        told=False,
    ),
    Trigger(
        TriggerName.REPLIED,
        "a thread that a review of ours began is answered with a mention, or with `apply`",
        ReviewCommented,
        _replied,
        "review_reply",
        _FOLLOWING,
        told=False,
    ),
    Trigger(
        TriggerName.FAILED_CHECK,
        "a check fails on one of our pull requests",
        CheckCompleted,
        _check_failed,
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
        _tag_pushed,
        "release_notes",
        (CODE, RELEASES_HEARD),
        role=None,
        bots=True,
        told=False,
    ),
    Trigger(
        TriggerName.RELEASE,
        "a release is drafted without a text",
        ReleaseChanged,
        _release_drafted,
        "release_notes",
        (CODE, RELEASES_HEARD),
        role=None,
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


def _calls(event: Commented, facts: Facts) -> tuple[Any, ...]:
    return tuple(parse(event.body, event.before, facts.names.slug))
