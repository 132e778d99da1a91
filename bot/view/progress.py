"""A run as one comment on its issue, and as a check on its pull request: Markdown drawn from its view."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bot.view.run_view import RunView
from bot.view.steps import PENDING, ChecklistRow, duration
from workflows.effects.code.check import CHECK_NAME as CHECK_NAME
from workflows.engine.questions import unanswered
from workflows.store.records import Pause
from workflows.text.escape import MOST_CHARACTERS, block, code, cut, plain
from workflows.text.model_words import phrase, words
from workflows.text.pull_request.requirements import requirement_line
from workflows.values import ApprovalRules, RunStatus, Spent, StepStatus

_MOST_OUTPUT = 3000
_MOST_REQUIREMENTS = 40
_MOST_QUESTION = 20_000
_MOST_TITLE = 250
"""Of a check: GitHub keeps names and titles in 255 characters."""


def marker(run_id: str) -> str:
    """What the comment of a run is found by; nobody sees it."""
    return f"<!-- pullwright:run:{run_id} -->"


def progress(view: RunView, commands: Collection[str] = ()) -> str:
    """The comment of a run, at most 65,536 characters.

    The time of the view counts only while the run is at work, so that the text of a run that
    stands still does not change. `commands` are the names of the slash commands that can be suggested.
    """
    parts = [
        f"{marker(view.id)}\n### {view.headline}",
        paused(view.pause) if view.pause else "",
        _continued(view),
        _edited(view),
        _pull(view),
        "\n".join(_steps(view)),
        _failure(view),
        _question(view),
        view.outcome.text if view.status is RunStatus.COMPLETED else "",
        _requirements(view),
        _next(view, commands),
        _foot(view),
    ]
    return cut("\n\n".join(part for part in parts if part), MOST_CHARACTERS)


def paused(pause: Pause) -> str:
    """Who has stopped the work, why, and what has it go on. What whoever runs the server is called stays there."""
    here = pause.source == "github"
    who = code(pause.who) if here else "whoever runs this server"
    why = f": {plain(pause.why.rstrip('.'))}." if pause.why else "."
    ends = "an administrator of this repository writes `/unpause`" if pause.repository else "the server is to go on"
    return f"Paused by {who}{why} Nothing is lost: it goes on by itself when {ends}."


def cost(spent: Spent) -> str:
    """Money, tokens and calls so far, in a few words."""
    if not spent.turns:
        return "no model call yet"
    if spent.unpriced:
        price = f"${spent.usd:.2f} and more" if spent.usd else "price not known"
    else:
        price = f"${spent.usd:.2f}"
    return f"{price}, {spent.tokens:,} tokens in {spent.turns} model call{'' if spent.turns == 1 else 's'}"


# --- the check -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckState:
    """A check run as GitHub takes it; `conclusion` is "" until `status` is "completed"."""

    status: Literal["queued", "in_progress", "completed"]
    conclusion: Literal["", "success", "failure", "neutral", "cancelled", "action_required"]
    title: str
    summary: str


def check_state(view: RunView) -> CheckState:
    """The check on the pull request's head: green only where the change is proven, red where it is not verified."""
    title = view.headline if len(view.headline) <= _MOST_TITLE else f"{view.headline[: _MOST_TITLE - 1]}…"
    summary = f"{view.outcome.headline}\n\nRun {code(view.id)}: {cost(view.spent)}."
    match view.status:
        case RunStatus.PENDING | RunStatus.RUNNING:
            return CheckState("in_progress", "", title, summary)
        case RunStatus.COMPLETED:
            return CheckState("completed", view.outcome.conclusion, title, summary)
        case RunStatus.WAITING:
            return CheckState("completed", "action_required", title, summary)
        case RunStatus.FAILED:
            return CheckState("completed", "failure", title, f"{words(view.error)}\n\n{summary}")
        case RunStatus.ABORTED | RunStatus.ROLLED_BACK:
            return CheckState("completed", "cancelled", title, summary)


# --- the sections of the comment ---------------------------------------------------------------


def _pull(view: RunView) -> str:
    """The pull request, with what keeps it from being ready; and that it is a draft, where it is one."""
    pull = view.pull
    if pull is None or view.status is RunStatus.ROLLED_BACK:
        return ""
    verdict = str(view.outcome.facts.get("verdict", "not verified"))
    draft = "" if pull.ready else f" ({'a draft: ' if pull.draft else ''}{verdict})"
    link = f": [#{pull.number}]({pull.url})" if pull.number else ""  # a dry run opens none
    return f"**Pull request{link}** from {code(view.branch)}{draft}"


def _continued(view: RunView) -> str:
    """That it goes on with a pull request that is open."""
    if not view.continues or view.pull is not None:
        return ""
    return f"Goes on with #{view.continues}, which is open. `/fix new` starts afresh."


def _edited(view: RunView) -> str:
    """That the text is another one by now, where the work is for how it was."""
    if not view.edited_by:
        return ""
    who = "Somebody" if view.edited_by == "somebody" else code(view.edited_by)
    return f"{who} edited the issue after this run took it up: the work is for the text as it was."


_SIGNS = {
    StepStatus.RUNNING.value: "⏳ ",
    StepStatus.WAITING.value: "✋ ",
    StepStatus.FAILED.value: "❌ ",
    StepStatus.ABORTED.value: "⏹️ ",
    StepStatus.INTERRUPTED.value: "🔁 ",
    StepStatus.HANDED_OVER.value: "🔁 ",
}


def _steps(view: RunView) -> Iterator[str]:
    """A line per declared step. Why the run stopped is told below the list, not in it."""
    for row in view.steps:
        yield _step(replace(row, detail="") if view.stopped and row.key == view.step else row)


def _step(row: ChecklistRow) -> str:
    done = row.state in (StepStatus.COMPLETED, StepStatus.SKIPPED)
    title = row.title if done or row.state == PENDING else f"**{row.title}**"
    detail = f": {phrase(row.detail)}" if row.detail else ""
    if row.state == StepStatus.SKIPPED:
        detail = detail or " (not needed)"
    again = f" (attempt {row.attempts})" if row.attempts > 1 else ""
    return f"- [{'x' if done else ' '}] {_SIGNS.get(row.state, '')}{title}{again}{detail}"


def _failure(view: RunView) -> str:
    """Why it failed, was aborted or was rolled back by itself, and the end of what was printed."""
    if not view.stopped and view.status is not RunStatus.ROLLED_BACK:
        return ""
    parts = [words(cut(view.error, 4000))]
    if view.output:
        end = block(view.output, _MOST_OUTPUT)
        parts.append(f"<details><summary>The end of its output</summary>\n\n{end}\n\n</details>")
    return "\n\n".join(part for part in parts if part)


def _question(view: RunView) -> str:
    question = view.question
    if question is None:
        return ""
    text = f"#### It asks\n\n{words(cut(question.question, _MOST_QUESTION))}"
    if question.kind == "question":
        text += "\n\nThe next comment of somebody with write permission is taken as the answer."
    who = _approver(view.approval) if question.kind == "approval" else ""
    closing = f"{who} {unanswered(question)}".strip()
    return f"{text}\n\n{closing}".rstrip()


def _approver(rules: ApprovalRules) -> str:
    """Who is to say yes, where it is not just anybody who may write."""
    if rules.role == "write" and not rules.not_requester:
        return ""
    other = ", other than whoever asked for it" if rules.not_requester else ""
    return f"A yes takes the role *{rules.role}*{other}."


def _requirements(view: RunView) -> str:
    found = view.requirements
    if not found:
        return ""
    lines = [requirement_line(one) for one in found[:_MOST_REQUIREMENTS]]
    if len(found) > _MOST_REQUIREMENTS:
        lines.append(f"- and {len(found) - _MOST_REQUIREMENTS} more")
    return "#### Requirements\n\n" + "\n".join(lines)


def _next(view: RunView, commands: Collection[str]) -> str:
    """What can be done now, as commands to paste: in a comment, and on the server."""
    suggested = [text for text in view.replies if text.split()[0].removeprefix("/") in commands]
    server = view.commands if view.stopped or view.status is RunStatus.WAITING else ()
    if not suggested and not server:
        return ""
    parts = ["#### Next"]
    if suggested:
        parts.append("Write one of these as a comment:\n\n```text\n" + "\n".join(suggested) + "\n```")
    if server:
        parts.append("Or, where Pullwright runs:" if suggested else "Where Pullwright runs:")
        parts.append("```text\n" + "\n".join(server) + "\n```")
    return "\n\n".join(parts)


def _foot(view: RunView) -> str:
    if view.status.active:
        # By the minute: a comment is not edited for the seconds alone.
        took = f"{int(view.seconds // 60)} min" if view.seconds >= 60 else "less than a minute"
        spent = f"{took} so far, {cost(view.spent)}"
    else:
        spent = f"{duration(max(0.0, view.resting_seconds))}, {cost(view.spent)}"
    model = f", {code(view.model)}" if view.model else ""
    return f"<sub>{spent}{model} · run {code(view.id)}</sub>"
