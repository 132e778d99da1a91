"""A run as one message of a chat, drawn from its view; and the short one that makes a sound."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.telegram.wire.html import bare, code, lines, link, paragraphs, words
from bot.view.progress import cost
from bot.view.run_view import RunView
from bot.view.steps import PENDING, ChecklistRow, duration
from workflows.engine.questions import unanswered
from workflows.store.telegram.buttons import ChatButton
from workflows.values import RunStatus, StepStatus

_OF_RUN = "· run "
_MOST_QUESTION = 1800
_MOST_ERROR = 700
SIGNS = {
    RunStatus.PENDING: "🕓",
    RunStatus.RUNNING: "⏳",
    RunStatus.WAITING: "✋",
    RunStatus.COMPLETED: "✅",
    RunStatus.FAILED: "❌",
    RunStatus.ABORTED: "⏹️",
    RunStatus.ROLLED_BACK: "↩️",
}
_STEPS = {
    StepStatus.COMPLETED.value: "✔️",
    StepStatus.SKIPPED.value: "➖",
    StepStatus.RUNNING.value: "⏳",
    StepStatus.WAITING.value: "✋",
    StepStatus.FAILED.value: "❌",
    StepStatus.ABORTED.value: "⏹️",
    StepStatus.INTERRUPTED.value: "🔁",
    StepStatus.HANDED_OVER.value: "🔁",
    PENDING: "▫️",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where people speak of a run: `octo/sample#7`, and its address."""

    label: str
    url: str

    @property
    def html(self) -> str:
        return link(words(self.label, 150), self.url)


def message(view: RunView, spot: Spot, said: Sequence[ChatButton] = (), page: str = "") -> str:
    """The whole of it. `said` is what was pressed here, oldest first; `page` the address of the run's own page."""
    return lines(_lines(view, spot, said, page))


def only_a_link(spot: Spot) -> str:
    """What a group is told of a private repository: who may see it, sees it there."""
    return f"🔒 {link('A run in a private repository', spot.url)}"


def announcement(view: RunView, spot: Spot) -> str:
    """One line for whoever is to look."""
    what = "asks something" if view.status is RunStatus.WAITING else bare(view.headline)
    return f"{SIGNS[view.status]} {spot.html}: {what}"


def reminder(view: RunView, spot: Spot) -> str:
    """That it asks still, and what is done where nobody answers."""
    late = words(unanswered(view.question)) if view.question is not None else ""
    return f"{SIGNS[RunStatus.WAITING]} {spot.html} still asks something. {late}".rstrip()


def _lines(view: RunView, spot: Spot, said: Sequence[ChatButton], page: str) -> Iterator[str]:
    yield f"{SIGNS[view.status]} <b>{bare(view.headline)}</b>"
    yield f"{spot.html} {words(view.title, 200)}"
    if view.pull is not None and view.status is not RunStatus.ROLLED_BACK:
        state = "" if view.pull.ready else f" ({words(str(view.outcome.facts.get('verdict', 'not verified')), 60)})"
        yield f"{link(f'Pull request #{view.pull.number}', view.pull.url)}{state}"
    if view.pause is not None:
        yield "Paused: it goes on by itself when the pause is ended."
    yield ""
    yield from _question(view)
    yield from _failure(view)
    yield from (_step(row, spot) for row in view.steps)
    yield ""
    yield from (_pressed(one) for one in said[-3:])
    yield _foot(view, page)


def _question(view: RunView) -> Iterator[str]:
    question = view.question
    if question is None:
        return
    yield from _said(question.question, _MOST_QUESTION)
    if question.kind == "question":
        yield "Reply to this message to answer."
    yield words(unanswered(question))
    yield ""


def _failure(view: RunView) -> Iterator[str]:
    if view.stopped and view.error:
        yield from _said(view.error, _MOST_ERROR)
        yield ""


def _said(text: str, most: int) -> Iterator[str]:
    """Words of others, so that nobody takes them for ours."""
    yield from (f"<i>{line}</i>" if line.strip() else "" for line in paragraphs(text, most).split("\n"))


def _step(row: ChecklistRow, spot: Spot) -> str:
    done = row.state in (StepStatus.COMPLETED, StepStatus.SKIPPED, PENDING)
    title = words(row.title, 80) if done else f"<b>{words(row.title, 80)}</b>"
    again = f" (attempt {row.attempts})" if row.attempts > 1 else ""
    detail = f": {_detail(row.detail, spot)}" if row.detail and row.state != PENDING else ""
    return f"{_STEPS.get(row.state, '▫️')} {title}{again}{detail}"


def _detail(text: str, spot: Spot) -> str:
    """What a step came to; an address on the same forge (a pull request, a release) is one that can be opened."""
    forge = "/".join(spot.url.split("/", 3)[:3])
    if text.startswith(f"{forge}/") and text.isascii() and text.isprintable() and " " not in text:
        return link(words(text.removeprefix(f"{forge}/"), 120), text)
    return words(text, 120)


def _pressed(button: ChatButton) -> str:
    at = time.strftime("%H:%M UTC", time.gmtime(button.used_at or 0.0))
    return f"{button.action.capitalize()}: {words(button.used_by, 60)}, {at}"


def _foot(view: RunView, page: str) -> str:
    if view.status.active:  # by the minute: it is not edited for the seconds alone
        took = f"{int(view.seconds // 60)} min so far" if view.seconds >= 60 else "less than a minute so far"
    else:
        took = duration(max(0.0, view.resting_seconds))
    more = f" · {link('its page', page)}" if page else ""
    return f"{took}, {cost(view.spent)} · {view.percent}% {_OF_RUN}{code(view.id)}{more}"


def mark(run: str) -> str:
    """What stands in the message of that run, and in no other that names it."""
    return f"{_OF_RUN}{run}"
