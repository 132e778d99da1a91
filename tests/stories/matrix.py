"""What became of each step of a run that was disturbed, and the page that says so.

A cell is read from the run's own rows, and from the requests that reached the model: never
from what should have happened.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from tests.fakes.scripted_model import Request
from tests.stories.disturbed import DEFINITION, KEYS, STEPS, Scene
from workflows.definition import Step
from workflows.store.records import StepRun
from workflows.values import StepStatus

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
NOTHING = "—"

_ASKS = {
    "parse": "List what this issue requires",
    "plan": "Write the plan",
    "reproduce": "Write a test that fails",
    "implement": "Resolve this issue",
    "review": "Review this change",
    "commit": "Write the title",
}
"""The beginning of what a step asks the model."""


def after_kills(scene: Scene, undisturbed: Mapping[str, int], worked: Collection[str]) -> dict[str, str]:
    """What each item did after its process was killed; those that had `worked` by then are named.

    `undisturbed` is how often each asks the model when nobody disturbs it.
    """
    asked, rows = requests(scene.hub.desk.model.requests), scene.rows()
    return {key: _after_kill(key, _attempts(rows, key), asked[key] - undisturbed[key], key in worked) for key in KEYS}


def requests(made: list[Request]) -> dict[str, int]:
    """How often each step has asked the model."""
    texts = [str(request.messages[:2]) for request in made]
    return {key: sum(_ASKS[key] in text for text in texts) if key in _ASKS else 0 for key in KEYS}


def after_retries(scene: Scene) -> dict[str, str]:
    """What each item did that was stopped, failed or taken back at first, and was asked for again."""
    return {key: _after_retry(key, [row for row in scene.rows() if row.key == key]) for key in KEYS}


def _after_retry(key: str, attempts: list[StepRun]) -> str:
    """`attempts` are its first one, which did not stand, and what came of asking for it again."""
    first, last = attempts[0], attempts[-1]
    assert last.status in (StepStatus.COMPLETED, StepStatus.WAITING), f"{key} ended as {last.status}"
    if first is last:
        return NOTHING
    if not isinstance(DEFINITION.item(key), Step):
        return "asked again"
    assert first.status in (StepStatus.ABORTED, StepStatus.FAILED), f"{key} had ended as {first.status}"
    assert first.mark_before == last.mark_before, f"{key} was not done again from the tree before it"
    return "done again"


def _after_kill(key: str, attempts: list[StepRun], asked: int, worked: bool) -> str:
    *cut, last = attempts
    assert last.status in (StepStatus.COMPLETED, StepStatus.WAITING), f"{key} ended as {last.status}"
    assert all(one.status is StepStatus.INTERRUPTED for one in cut), f"{key}: {[one.status for one in attempts]}"
    if not cut:
        return "goes on"
    item = DEFINITION.item(key)
    if worked and isinstance(item, Step) and item.resumes and not asked:
        return "goes on from its transcript"
    assert cut[0].mark_before == last.mark_before, f"{key} was not done again from the tree before it"
    return "done again, the model asked again" if asked else "done again"


def _attempts(rows: list[StepRun], key: str) -> list[StepRun]:
    """The attempts at the one place of the walk where the step stands."""
    found = [row for row in rows if row.key == key]
    assert len({(row.segment, row.ordinal) for row in found}) == 1, f"{key} was come to more than once"
    return found


# --- the page ------------------------------------------------------------------------------------


def told(column: str) -> dict[str, str]:
    """What the page says, by step, in the column of that heading."""
    lines, first, place = _column(column)
    rows = (_cells(line) for line in lines[first : first + len(KEYS)])
    return {row[0].strip("`"): row[place] for row in rows}


def tell(column: str, seen: Mapping[str, str]) -> None:
    """Write cells of a column anew; the others stay."""
    lines, first, place = _column(column)
    for number, key in enumerate(KEYS, first):
        row = _cells(lines[number])
        assert row[0] == f"`{key}`", f"the page has no row for {key}"
        row[place] = seen.get(key, row[place])
        lines[number] = f"| {' | '.join(row)} |"
    PAGE.write_text("\n".join(lines) + "\n")


def _column(heading: str) -> tuple[list[str], int, int]:
    """The lines of the page, the number of the first row of the table, and the column's place in it."""
    lines = PAGE.read_text().splitlines()
    head = next(number for number, line in enumerate(lines) if heading in _cells(line))
    return lines, head + 2, _cells(lines[head]).index(heading)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def numbers_of_writes(counted: Path) -> dict[str, int]:
    """How often each step wrote on its own account, from a `Trap` that counted."""
    keys = [line.split()[0] for line in counted.read_text().splitlines()]
    return {key: keys.count(key) for key in STEPS}
