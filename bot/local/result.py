"""How a run came out: its exit code, its JSON, and the words at the end of a command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.checklist import last_output, shown
from bot.local.terminal import spent_words
from bot.suggestions import on_server
from workflows.markdown import visible
from workflows.pull_text import ran, verdict_line
from workflows.store.records import Snapshot
from workflows.values import Check, RunStatus, Verdict, Verification, from_json, to_json

_MOST_LINES = 40
_LONGEST_LINE = 400

VERIFIED, FAILED, NOT_VERIFIED, WAITING, INTERRUPTED = 0, 1, 2, 3, 130


def exit_code(snapshot: Snapshot) -> int:
    """0 verified, 1 failed (or aborted, or rolled back), 2 finished but not verified, 3 it waits for an answer."""
    match snapshot.run.status:
        case RunStatus.COMPLETED:
            return VERIFIED if snapshot.run.state.get("verified") else NOT_VERIFIED
        case RunStatus.WAITING:
            return WAITING
        case RunStatus.PENDING | RunStatus.RUNNING:
            return INTERRUPTED
        case _:
            return FAILED


def as_json(snapshot: Snapshot, diff: str = "", comment: str = "") -> dict[str, Any]:
    """The run as one plain object; keys are there also where they are empty.

    `diff` and `comment` are what a dry run shows instead of writing it anywhere.
    """
    run, state = snapshot.run, snapshot.run.state
    verification = verification_of(snapshot)
    return {
        "run": run.id,
        "status": run.status.value,
        "verified": bool(state.get("verified")),
        "title": run.title,
        "repository": run.called,
        "dry_run": run.options.dry_run,
        "step": run.current_step,
        "branch": state.get("branch"),
        "commit": state.get("commit"),
        "pull": state.get("pull", {}).get("url") or None,
        "plan": state.get("plan"),
        "pull_title": state.get("pull_title"),
        "pull_body": state.get("pull_body"),
        "diff": diff or None,
        "comment": comment or None,
        "checks": [to_json(check) for check in verification.checks] if verification else [],
        "requirements": state.get("requirements", []),
        "cost": to_json(snapshot.spent),
        "seconds": round((run.ended_at or run.updated_at) - run.created_at, 3),
        "question": snapshot.question.question if snapshot.question else None,
        "error": run.error_text or None,
        "advice": on_server(snapshot),
    }


def summary(snapshot: Snapshot) -> Iterator[str]:
    """What a person wants to know at the end, a line each."""
    run, state = snapshot.run, snapshot.run.state
    yield headline(snapshot)
    if state.get("branch") and run.status is not RunStatus.ROLLED_BACK:
        commit = f" at {state['commit'][:12]}" if state.get("commit") else ""
        yield f"  branch   {state['branch']}{commit}" + (" (not created: dry run)" if run.options.dry_run else "")
    if state.get("pull", {}).get("url"):
        yield f"  text     {state['pull']['url']}"
    verification = verification_of(snapshot)
    for check in verification.checks if verification else ():
        yield f"  {check.kind:<8} {check_line(check)}"
    yield f"  cost     {spent_words(snapshot.spent)}"
    for command in on_server(snapshot):
        yield f"  next     {command}"


def closing(snapshot: Snapshot, diff: str = "", comment: str = "") -> Iterator[str]:
    """All that is printed when a run stays as it is: what it asks, or its pull request text; and the summary.

    `diff` and `comment` are shown where nothing else would show them: in a dry run.
    """
    run = snapshot.run
    if run.options.dry_run and run.state.get("plan"):
        yield from ("The plan:", "", visible(run.state["plan"]).strip(), "")
    if diff:
        yield from ("The change:", "", visible(diff).rstrip(), "")
    if snapshot.question is not None:
        yield from (visible(snapshot.question.question).strip(), "")
    elif run.status is RunStatus.COMPLETED and run.state.get("pull_body"):
        title, body = run.state["pull_title"], run.state["pull_body"]
        yield from ("The pull request:", "", f"# {shown(title)}", "", visible(body).strip(), "")
    elif output := last_output(snapshot):
        lines = visible(output).splitlines()[-_MOST_LINES:]
        yield from ("The end of its output:", "", *(f"    {line[:_LONGEST_LINE]}" for line in lines), "")
    if comment and snapshot.question is None:
        yield from ("The comment on the issue:", "", visible(comment).strip(), "")
    yield from summary(snapshot)
    if comment and run.status is RunStatus.COMPLETED:
        yield f"  next     /fix as a comment on {shown(run.inputs['issue']['url'])}"


def headline(snapshot: Snapshot) -> str:
    """One sentence: what became of the run."""
    run = snapshot.run
    title = dict(snapshot.definition.steps).get(run.current_step, run.current_step)
    match run.status:
        case RunStatus.COMPLETED if run.state.get("incomplete"):
            return f"Not verified: {shown(run.state['incomplete'])}"
        case RunStatus.COMPLETED:
            return shown(verdict_line(verification_of(snapshot)))
        case RunStatus.WAITING:
            return f"Run {run.id} waits for an answer."
        case RunStatus.ROLLED_BACK:
            return f"Run {run.id} was rolled back."
        case RunStatus.PENDING | RunStatus.RUNNING if snapshot.pause is not None:
            return f"Run {run.id} is paused: {title}. {shown(snapshot.pause.sentence)}"
        case RunStatus.PENDING | RunStatus.RUNNING:
            return f"Run {run.id} is under way: {title}."
        case RunStatus.ABORTED:
            return f"{shown(run.error_text) or 'Aborted'} (at {run.current_step!r}: {title})."
        case _:
            return f"Failed at {run.current_step!r} ({title}): {shown(run.error_text)}"


def check_line(check: Check) -> str:
    """One check with its real numbers, base and head."""
    text = f"{shown(check.command)}: "
    if check.verdict is Verdict.NOT_RUN:
        return f"{text}not run: {shown(check.reason) or 'no reason is known'}"
    before = f" (before: {ran(check.base)})" if check.base else ""
    new = f", {len(check.new_failures)} new" if check.new_failures else ""
    flaky = f", {len(check.flaky)} flaky" if check.flaky else ""
    numbers = ran(check.head)
    plain = check.verdict is Verdict.PASSED and check.head is not None and check.head.counts is not None
    words = numbers if plain or numbers == check.verdict else f"{check.result}: {numbers}"
    return f"{text}{words}{new}{flaky}{before}"


def verification_of(snapshot: Snapshot) -> Verification | None:
    """What the run's checks said last; None where they have not run."""
    data = snapshot.run.state.get("verification")
    return from_json(Verification, data) if data else None
