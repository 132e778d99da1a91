"""A run as one comment on its issue, and as a check on its pull request: pure functions of what the database holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bot.view.next_actions import as_comments, on_server
from bot.view.steps import PENDING, Row, checklist, duration, last_output, trying_again
from workflows.effects.check import CHECK_NAME as CHECK_NAME
from workflows.engine.questions import unanswered
from workflows.registry import outcome_of
from workflows.store.records import Pause, Snapshot
from workflows.text.escape import MOST_CHARACTERS, block, code, cut, plain
from workflows.text.model_words import phrase, words
from workflows.values import (
    ApprovalRules,
    Requirement,
    RequirementState,
    RunStatus,
    StepStatus,
    from_json,
)

_MOST_OUTPUT = 3000
_MOST_REQUIREMENTS = 40
_MOST_QUESTION = 20_000
_MOST_TITLE = 250
"""Of a check: GitHub keeps names and titles in 255 characters."""


def marker(run_id: str) -> str:
    """What the comment of a run is found by; nobody sees it."""
    return f"<!-- pullwright:run:{run_id} -->"


def progress(snapshot: Snapshot, now: float, commands: Collection[str] = ()) -> str:
    """The comment of a run, at most 65,536 characters.

    `now` is in seconds since the epoch; it counts only while the run is at work, so that the
    text of a run that stands still does not change. `commands` are the names of the slash
    commands that can be suggested.
    """
    parts = [
        f"{marker(snapshot.run.id)}\n### {headline(snapshot)}",
        paused(snapshot.pause) if snapshot.pause else "",
        _pull(snapshot),
        "\n".join(_steps(snapshot, now)),
        _failure(snapshot),
        _question(snapshot),
        outcome_of(snapshot.run).text if snapshot.run.status is RunStatus.COMPLETED else "",
        _requirements(snapshot),
        _next(snapshot, commands),
        _foot(snapshot, now),
    ]
    return cut("\n\n".join(part for part in parts if part), MOST_CHARACTERS)


def headline(snapshot: Snapshot) -> str:
    """One line: how the run is doing, or what became of it."""
    run = snapshot.run
    title = dict(snapshot.definition.steps).get(run.current_step, run.current_step)
    match run.standing:
        case RunStatus.PENDING if snapshot.pause:
            return "Paused"
        case RunStatus.RUNNING if snapshot.pause:
            return f"To be paused where it can be left: {title}"
        case RunStatus.PENDING:
            return f"Waiting for a free place to work{_before(snapshot.before)}"
        case RunStatus.RUNNING if trying_again([step for step in snapshot.steps if step.key == run.current_step]):
            return f"To be tried again: {title}"
        case RunStatus.RUNNING:
            return f"At work: {title}"
        case RunStatus.WAITING:
            return "Waiting for an answer"
        case RunStatus.COMPLETED:
            return outcome_of(run).headline
        case RunStatus.ABORTED:
            return f"Aborted at “{title}”"
        case RunStatus.ROLLED_BACK:
            return "Rolled back"
        case RunStatus.FAILED:
            return f"Failed at “{title}”"


def paused(pause: Pause) -> str:
    """Who has stopped the work, why, and what has it go on. What whoever runs the server is called stays there."""
    here = pause.source == "github"
    who = code(pause.who) if here else "whoever runs this server"
    why = f": {plain(pause.why.rstrip('.'))}." if pause.why else "."
    ends = "an administrator of this repository writes `/unpause`" if pause.repository else "the server is to go on"
    return f"Paused by {who}{why} Nothing is lost: it goes on by itself when {ends}."


def _before(number: int | None) -> str:
    if number is None:
        return ""
    return f": {number} before it" if number else ": it is the next"


def cost(snapshot: Snapshot) -> str:
    """Money, tokens and calls so far, in a few words."""
    spent = snapshot.spent
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


def check_state(snapshot: Snapshot) -> CheckState:
    """The check on the pull request's head: green only where the change is verified."""
    run = snapshot.run
    outcome = outcome_of(run)
    title = headline(snapshot)
    title = title if len(title) <= _MOST_TITLE else f"{title[: _MOST_TITLE - 1]}…"
    summary = f"{outcome.headline}\n\nRun {code(run.id)}: {cost(snapshot)}."
    match run.status:
        case RunStatus.PENDING | RunStatus.RUNNING:
            return CheckState("in_progress", "", title, summary)
        case RunStatus.COMPLETED:
            return CheckState("completed", outcome.conclusion, title, summary)
        case RunStatus.WAITING:
            return CheckState("completed", "action_required", title, summary)
        case RunStatus.FAILED:
            return CheckState("completed", "failure", title, f"{words(run.error_text)}\n\n{summary}")
        case RunStatus.ABORTED | RunStatus.ROLLED_BACK:
            return CheckState("completed", "cancelled", title, summary)


# --- the sections of the comment ---------------------------------------------------------------


def _pull(snapshot: Snapshot) -> str:
    """The pull request; what is not verified is said to be so, and to be a draft where it is one."""
    pull = snapshot.run.state.get("pull")
    if not pull or snapshot.run.status is RunStatus.ROLLED_BACK:
        return ""
    branch = code(str(snapshot.run.state.get("branch", "")))
    why = "a draft: it is not verified" if pull.get("draft", True) else "it is not verified"
    draft = "" if snapshot.run.state.get("verified") else f" ({why})"
    link = f": [#{pull['number']}]({pull['url']})" if pull["number"] else ""  # a dry run opens none
    return f"**Pull request{link}** from {branch}{draft}"


_SIGNS = {
    StepStatus.RUNNING.value: "⏳ ",
    StepStatus.WAITING.value: "✋ ",
    StepStatus.FAILED.value: "❌ ",
    StepStatus.ABORTED.value: "⏹️ ",
    StepStatus.INTERRUPTED.value: "🔁 ",
    StepStatus.HANDED_OVER.value: "🔁 ",
}


def _steps(snapshot: Snapshot, now: float) -> Iterator[str]:
    """A line per declared step. Why the run stopped is told below the list, not in it."""
    run = snapshot.run
    stopped = run.status in (RunStatus.FAILED, RunStatus.ABORTED)
    for row in checklist(snapshot, now):
        yield _step(replace(row, detail="") if stopped and row.key == run.current_step else row)


def _step(row: Row) -> str:
    done = row.state in (StepStatus.COMPLETED, StepStatus.SKIPPED)
    title = row.title if done or row.state == PENDING else f"**{row.title}**"
    detail = f": {phrase(row.detail)}" if row.detail else ""
    if row.state == StepStatus.SKIPPED:
        detail = detail or " (not needed)"
    again = f" (attempt {row.attempts})" if row.attempts > 1 else ""
    return f"- [{'x' if done else ' '}] {_SIGNS.get(row.state, '')}{title}{again}{detail}"


def _failure(snapshot: Snapshot) -> str:
    """Why it failed or was aborted, and the end of what was printed."""
    run = snapshot.run
    if run.status not in (RunStatus.FAILED, RunStatus.ABORTED):
        return ""
    parts = [words(cut(run.error_text, 4000))]
    if output := last_output(snapshot):
        end = block(output, _MOST_OUTPUT)
        parts.append(f"<details><summary>The end of its output</summary>\n\n{end}\n\n</details>")
    return "\n\n".join(part for part in parts if part)


def _question(snapshot: Snapshot) -> str:
    question = snapshot.question
    if question is None:
        return ""
    text = f"#### It asks\n\n{words(cut(question.question, _MOST_QUESTION))}"
    if question.kind == "question":
        text += "\n\nThe next comment of somebody with write permission is taken as the answer."
    who = _approver(snapshot.run.options.approval) if question.kind == "approval" else ""
    closing = f"{who} {unanswered(question)}".strip()
    return f"{text}\n\n{closing}".rstrip()


def _approver(rules: ApprovalRules) -> str:
    """Who is to say yes, where it is not just anybody who may write."""
    if rules.role == "write" and not rules.not_requester:
        return ""
    other = ", other than whoever asked for it" if rules.not_requester else ""
    return f"A yes takes the role *{rules.role}*{other}."


def _requirements(snapshot: Snapshot) -> str:
    found = [from_json(Requirement, item) for item in snapshot.run.state.get("requirements", [])]
    if not found:
        return ""
    lines = [_requirement(one) for one in found[:_MOST_REQUIREMENTS]]
    if len(found) > _MOST_REQUIREMENTS:
        lines.append(f"- and {len(found) - _MOST_REQUIREMENTS} more")
    return "#### Requirements\n\n" + "\n".join(lines)


def _requirement(one: Requirement) -> str:
    mark = "x" if one.state is RequirementState.MET else " "
    unmet = " **(not met)**" if one.state is RequirementState.UNMET else ""
    return f"- [{mark}] {phrase(one.text)}{unmet}" + (f" — {phrase(one.note)}" if one.note else "")


def _next(snapshot: Snapshot, commands: Collection[str]) -> str:
    """What can be done now, as commands to paste: in a comment, and on the server."""
    suggested = [text for text in as_comments(snapshot) if text.split()[0].removeprefix("/") in commands]
    stopped = snapshot.run.status in (RunStatus.FAILED, RunStatus.ABORTED, RunStatus.WAITING)
    server = on_server(snapshot) if stopped else []
    if not suggested and not server:
        return ""
    parts = ["#### Next"]
    if suggested:
        parts.append("Write one of these as a comment:\n\n```text\n" + "\n".join(suggested) + "\n```")
    if server:
        parts.append("Or, where Pullwright runs:" if suggested else "Where Pullwright runs:")
        parts.append("```text\n" + "\n".join(server) + "\n```")
    return "\n\n".join(parts)


def _foot(snapshot: Snapshot, now: float) -> str:
    run = snapshot.run
    if run.status in (RunStatus.PENDING, RunStatus.RUNNING):
        seconds = now - run.created_at
        # By the minute: a comment is not edited for the seconds alone.
        took = f"{int(seconds // 60)} min" if seconds >= 60 else "less than a minute"
        spent = f"{took} so far, {cost(snapshot)}"
    else:
        end = run.updated_at if run.ended_at is None else run.ended_at
        spent = f"{duration(max(0.0, end - run.created_at))}, {cost(snapshot)}"
    model = f", {code(run.options.model)}" if run.options.model else ""
    return f"<sub>{spent}{model} · run {code(run.id)}</sub>"
