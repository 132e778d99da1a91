"""Looking for the same report: the likeliest issues are found without a model, which then judges them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.agent.prompts import render
from workflows.agent.questions import Unreadable
from workflows.definition import Done, Result
from workflows.effects.items import ListedIssue
from workflows.errors import NotFound, Refused
from workflows.services import StepContext
from workflows.steps.asking import BudgetSpent, question
from workflows.text.sanitise import sanitise, sanitise_line
from workflows.triage.forge import IssueReading
from workflows.triage.known_issues import MOST_ISSUES, nearest
from workflows.triage.labels.issue_type import priority_fields
from workflows.triage.labels.kind_prior import learn
from workflows.triage.labels.label_names import kind_of
from workflows.triage.state import ALIKE, FIELDS, KINDS, REPORT
from workflows.values import Issue, from_json, to_json

_JUDGED = 20
_SHOWN = 3
_MOST_BODY = 700


@dataclass(frozen=True, slots=True)
class Alike:
    """An issue that may report the same. `shares` is what both have in common for sure, "" where only words tell."""

    number: int
    title: str
    why: str
    state: str = "open"
    shares: str = ""


async def compare(ctx: StepContext) -> Result:
    """Find issues that report the same; none is closed for it."""
    report = from_json(Issue, ctx.state[REPORT.key])
    known = [one for one in await _known(ctx) if one.number != report.number]
    if not known:
        return Done({ALIKE.key: []}, "there are no others to compare with")
    prior = await asyncio.to_thread(learn, known, kind_of)
    state: dict[str, Any] = {KINDS: prior.of(report.title, report.body) if prior else {}}
    state[FIELDS] = [to_json(field) for field in priority_fields(known)]
    paths = [file.path for file in await asyncio.to_thread(ctx.repository().files, ctx.state["base_commit"])]
    likely = await asyncio.to_thread(nearest, report.title, report.body, known, paths, _JUDGED)
    if not likely:
        return Done({**state, ALIKE.key: []}, f"none of {len(known)} is like it")
    found = await _judged(ctx, report, likely)
    many = f"{len(found)} of {len(known)} may be the same" if found else f"none of {len(known)} is the same"
    return Done({**state, ALIKE.key: [to_json(one) for one in found]}, many)


def reader(likely: Mapping[int, tuple[ListedIssue, str]]) -> Callable[[Any], list[Alike]]:
    """Reads the model's answer: only issues that it was shown, each once."""

    def read(data: Any) -> list[Alike]:
        listed = data.get("same") if isinstance(data, dict) else None
        if not isinstance(listed, list):
            raise Unreadable('it has no list of what is the "same".')
        found: list[Alike] = []
        for one in listed:
            number = one.get("number") if isinstance(one, dict) else None
            if type(number) is not int or number not in likely or any(each.number == number for each in found):
                continue
            issue, shares = likely[number]
            why = one.get("why")
            said = sanitise_line(why, 300) if isinstance(why, str) else ""
            found.append(Alike(number, sanitise_line(issue.title, 200), said, issue.state, shares))
        return found[:_SHOWN]

    return read


async def _judged(ctx: StepContext, report: Issue, likely: list[tuple[ListedIssue, str]]) -> list[Alike]:
    """What the model takes for the same. Without its word, what has the same error."""
    by_number = {one.number: (one, shares) for one, shares in likely}
    texts = [
        f"#{one.number} ({one.state}) {sanitise_line(one.title, 200)}\n{sanitise(one.body, _MOST_BODY)}"
        for one, _ in likely
    ]
    prompt = render("same", __file__, issue=report, others=texts)
    try:
        found = await question(ctx, prompt, reader(by_number), "triage")
    except BudgetSpent:
        found = None
    if found is not None:
        return found
    sure = [(one, shares) for one, shares in likely if shares.startswith("the same error")]
    return [Alike(one.number, sanitise_line(one.title, 200), "", one.state, shares) for one, shares in sure][:_SHOWN]


async def _known(ctx: StepContext) -> list[ListedIssue]:
    """The other issues: those of the forge, or those that were given along at the command line."""
    forge = ctx.forge.operations(ctx.run.id)
    if ctx.run.subject.told_on and isinstance(forge, IssueReading):
        try:
            return await forge.issues(MOST_ISSUES)
        except (NotFound, Refused):
            return []
    return [from_json(ListedIssue, one) for one in ctx.run.inputs.get("others") or ()]
