"""How a run came out: its exit code, its JSON, and the words at the end of a command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.terminal.live import spent_words
from bot.view.next_actions import on_server
from bot.view.steps import last_output, shown
from workflows.registry import outcome_of
from workflows.store.records import Run, Snapshot
from workflows.text.escape import visible
from workflows.values import RunStatus, to_json

_MOST_LINES = 40
_LONGEST_LINE = 400

VERIFIED, FAILED, NOT_VERIFIED, WAITING, INTERRUPTED = 0, 1, 2, 3, 130


def exit_code(snapshot: Snapshot) -> int:
    """What its workflow says of a finished run (0 where it is good), 1 failed, aborted or rolled back, 3 it waits."""
    match snapshot.run.status:
        case RunStatus.COMPLETED:
            return outcome_of(snapshot.run).exit_code
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
    return {
        **outcome_of(run).facts,
        "run": run.id,
        "workflow": run.workflow,
        "status": run.status.value,
        "outcome": headline(snapshot),
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
    for part in outcome_of(run).parts:
        for line in part.lines:
            yield f"  {shown(part.title):<8} {shown(line)}"
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
    elif run.status is RunStatus.COMPLETED and (answer := outcome_of(run).text):
        yield from (visible(answer).strip(), "")
    elif output := last_output(snapshot):
        lines = visible(output).splitlines()[-_MOST_LINES:]
        yield from ("The end of its output:", "", *(f"    {line[:_LONGEST_LINE]}" for line in lines), "")
    if comment and snapshot.question is None:
        yield from ("The comment on the issue:", "", visible(comment).strip(), "")
    yield from summary(snapshot)
    if comment and run.status is RunStatus.COMPLETED:
        yield f"  next     /fix as a comment on {shown(place_of(run))}"


def place_of(run: Run) -> str:
    """Where people speak of the run: the address of its issue, else its name."""
    return str((run.inputs.get("issue") or {}).get("url") or run.subject.label)


def headline(snapshot: Snapshot) -> str:
    """One sentence: what became of the run."""
    run = snapshot.run
    title = dict(snapshot.definition.steps).get(run.current_step, run.current_step)
    match run.status:
        case RunStatus.COMPLETED:
            return shown(outcome_of(run).headline)
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
