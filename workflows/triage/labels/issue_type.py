"""The issue's type and its field for the priority, where the organisation has those: as labels, proposed or given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.effects.conversation.issue_field import IssueFieldOperations, SetIssueField
from workflows.effects.conversation.issue_type import SetIssueType
from workflows.effects.items import ListedIssue
from workflows.errors import Gone, NotFound, Refused, TransientError
from workflows.services import StepContext
from workflows.triage.forge import Typing
from workflows.triage.labels.label_names import kind_of, priority_of
from workflows.triage.reading import Reading
from workflows.triage.state import FIELD, FIELDS, TYPE
from workflows.values import from_json

_MEANS_PRIORITY = re.compile(r"(?:priority|prio|severity|sev|urgency)", re.IGNORECASE)
_SAME: Mapping[str, str] = {
    "urgent": "critical",
    "highest": "critical",
    "blocker": "critical",
    "major": "high",
    "normal": "medium",
    "minor": "low",
    "lowest": "low",
    "trivial": "low",
}
"""What others call the priorities of our own scale; GitHub's field begins with "Urgent"."""


@dataclass(frozen=True, slots=True)
class PriorityField:
    """A field of issues that holds their priority, with the options that were seen in it."""

    field: int
    name: str
    options: tuple[str, ...]


def priority_fields(known: Iterable[ListedIssue]) -> list[PriorityField]:
    """The fields for a priority, as the other issues show them: of all of them GitHub tells only the organisation."""
    seen: dict[tuple[int, str], dict[str, None]] = {}
    for value in (value for one in known for value in one.fields):
        if _MEANS_PRIORITY.fullmatch(value.name.strip()):
            seen.setdefault((value.field, value.name), {})[value.option] = None
    return [PriorityField(field, name, tuple(options)) for (field, name), options in seen.items()]


def option_of(priority: str, options: Iterable[str], scale: Sequence[str]) -> str:
    """The option that means a priority of the scale; "" where none of them does."""
    for option in options:
        meant = priority_of(f"priority: {option}", scale) or _SAME.get(option.strip().lower(), "")
        if priority and meant == priority:
            return option
    return ""


async def mark(ctx: StepContext, read: Reading, *, give: bool) -> tuple[dict[str, Any], list[str]]:
    """What fits, for the run's state, and in words; with `give` it is given, where nobody has decided it yet.

    Type and field are refused each by itself: one that the forge does not take keeps nobody from the other.
    """
    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    state: dict[str, Any] = {}
    said: list[str] = []
    if not number or not isinstance(forge, Typing):
        return state, said
    for one in (_type, _field):
        try:
            state |= await one(ctx, read, number, forge, give=give)
        except NotFound:
            continue
        except (Refused, Gone) as error:
            said.append(f"not given: {error}")
        except TransientError as error:
            if error.away:
                raise
            said.append(f"not given: {error}")  # GitHub is there but for this, which not all have
    words = [f"type {state[TYPE]['wanted']}"] if TYPE in state else []
    words += [f"{state[FIELD]['name']} {state[FIELD]['option']}"] if FIELD in state else []
    return state, [*words, *said]


async def _type(ctx: StepContext, read: Reading, number: int, forge: Typing, *, give: bool) -> dict[str, Any]:
    names = [name for name in await forge.issue_types() if kind_of(name) is read.kind and name.isprintable()]
    if not names or (not give and await forge.issue_type(number)):
        return {}
    given = give and await SetIssueType(number, names[0]).do(ctx.journal, forge)
    return {TYPE: {"wanted": names[0], "set": given}} if given or not give else {}


async def _field(
    ctx: StepContext, read: Reading, number: int, forge: IssueFieldOperations, *, give: bool
) -> dict[str, Any]:
    fields = [from_json(PriorityField, one) for one in ctx.state.get(FIELDS) or ()]
    scale = list(ctx.state.get("triage_scale") or ())
    for one in fields:
        option = option_of(read.priority, one.options, scale)
        if not option:
            continue
        wanted = SetIssueField(number, one.field, one.name, option)
        if give:
            given = await wanted.do(ctx.journal, forge)
            return {FIELD: {"name": one.name, "option": option, "set": True}} if given else {}
        if any(value.field == one.field for value in await forge.field_values(number)):
            return {}
        return {FIELD: {"name": one.name, "option": option, "set": False}}
    return {}
