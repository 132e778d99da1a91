"""How a run came out: its exit code, and the words at the end of a command."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from bot.terminal.live import spent_words
from bot.view.run_view import RunView
from bot.view.steps import shown
from workflows.text.escape import visible
from workflows.values import RunStatus

_MOST_LINES = 40
_LONGEST_LINE = 400

FAILED, WAITING, INTERRUPTED = 1, 3, 130


def exit_code(view: RunView) -> int:
    """What its workflow says of a finished run (0 where it is good), 1 failed, aborted or rolled back, 3 it waits."""
    match view.status:
        case RunStatus.COMPLETED:
            return view.outcome.exit_code
        case RunStatus.WAITING:
            return WAITING
        case RunStatus.PENDING | RunStatus.RUNNING:
            return INTERRUPTED
        case _:
            return FAILED


def summary(view: RunView) -> Iterator[str]:
    """What a person wants to know at the end, a line each."""
    yield view.sentence
    if view.branch and view.status is not RunStatus.ROLLED_BACK:
        commit = f" at {view.commit[:12]}" if view.commit else ""
        yield f"  branch   {view.branch}{commit}" + (" (not created: dry run)" if view.dry_run else "")
    if view.pull is not None and view.pull.url:
        yield f"  text     {view.pull.url}"
    for part in view.outcome.parts:
        for line in part.lines:
            yield f"  {shown(part.title):<8} {shown(line)}"
    yield f"  cost     {spent_words(view.spent)}"
    for command in (*_publishing(view), *view.commands):
        yield f"  next     {command}"


def _publishing(view: RunView) -> Iterator[str]:
    """How a branch that was made here becomes a pull request elsewhere."""
    there = view.pull is not None and view.pull.url and not view.pull.number and not view.dry_run
    if view.status is not RunStatus.COMPLETED or not there or not view.branch or view.pull is None:
        return
    place, branch, text = shlex.quote(view.repository), shlex.quote(view.branch), Path(view.pull.url)
    yield f"git -C {place} push -u origin {branch}"
    draft = " --draft" if view.pull.draft and not view.pull.ready else ""
    body = shlex.quote(str(text.with_suffix(".body.md")))
    title = shlex.quote(shown(view.pull_title))
    yield f"(cd {place} && gh pr create{draft} --head {branch} --title {title} --body-file {body})"


def closing(view: RunView, diff: str = "", comment: str = "") -> Iterator[str]:
    """All that is printed when a run stays as it is: what it asks, or its pull request text; and the summary.

    `diff` and `comment` are shown where nothing else would show them: in a dry run.
    """
    completed = view.status is RunStatus.COMPLETED
    if view.dry_run and view.plan:
        yield from ("The plan:", "", visible(view.plan).strip(), "")
    if diff:
        yield from ("The change:", "", visible(diff).rstrip(), "")
    if view.question is not None:
        yield from (visible(view.question.question).strip(), "")
    elif completed and view.pull_body:
        body = visible(view.pull_body).strip()
        yield from ("The pull request:", "", f"# {shown(view.pull_title)}", "", body, "")
    elif completed and view.outcome.text:
        yield from (visible(view.outcome.text).strip(), "")
    elif view.output:
        lines = visible(view.output).splitlines()[-_MOST_LINES:]
        yield from ("The end of its output:", "", *(f"    {line[:_LONGEST_LINE]}" for line in lines), "")
    if comment and view.question is None:
        yield from ("The comment on the issue:", "", visible(comment).strip(), "")
    yield from summary(view)
    if comment and completed:
        yield f"  next     /fix as a comment on {shown(view.place)}"
