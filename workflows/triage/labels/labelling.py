"""Which labels fit, of those that there are: exactly one that says the kind, one for the priority, and sure ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from workflows.definition import Done, Result
from workflows.effects.conversation.labels import add_missing, put_on_before
from workflows.errors import Gone, NotFound, Refused
from workflows.policy.config.repo_config import TriageRules
from workflows.services import StepContext
from workflows.steps.change import config_of
from workflows.triage.forge import Labelling, LabelReading
from workflows.triage.labels.issue_type import mark
from workflows.triage.labels.kind_prior import combined
from workflows.triage.labels.label_names import kind_of, priority_of
from workflows.triage.reading import Reading
from workflows.triage.state import KINDS, LABELS, READ, ReportKind
from workflows.values import from_json


async def label(ctx: StepContext) -> Result:
    """Put on what fits where the repository says so; else it is only told."""
    rules = (await config_of(ctx)).triage_rules()
    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    if rules.labels == "off":
        return Done({LABELS: {"wanted": [], "added": []}}, "the repository wants none")
    known: Sequence[str] = ctx.state.get("triage_known_labels") or ()
    there: Sequence[str] = ctx.issue.labels
    if number and isinstance(forge, LabelReading):
        try:
            there = await forge.labels(number)
        except NotFound:
            return Done({LABELS: {"wanted": [], "added": []}}, "the issue is gone")
    read = from_json(Reading, ctx.state[READ.key])
    likely = {ReportKind(kind): float(share) for kind, share in (ctx.state.get(KINDS) or {}).items()}
    read = replace(read, kind=combined(likely, read.kind))
    ours = {name.lower() for name in await put_on_before(number, ctx.journal)}
    theirs = [name for name in there if name.lower() not in ours]
    wanted = fitting(read, known, theirs, rules, ctx.state.get("triage_scale") or ())
    give = rules.labels == "apply" and bool(number) and not ctx.dry
    marks, said = await mark(ctx, read, give=give)
    added: list[str] = []
    if wanted and give and isinstance(forge, Labelling):
        try:
            await add_missing(number, there, wanted, ctx.journal, forge)
            added = wanted
        except (Refused, Gone) as error:
            return Done({**marks, LABELS: {"wanted": wanted, "added": []}}, f"not put on: {error}")
    words = ", ".join([*wanted, *said])
    summary = (f"put on: {words}" if give else f"proposed: {words}") if words else "none that fits"
    return Done({**marks, LABELS: {"wanted": wanted, "added": added}}, summary)


def fitting(
    read: Reading, known: Collection[str], there: Collection[str], rules: TriageRules, scale: Iterable[str]
) -> list[str]:
    """The labels that an issue lacks, of those that there are: one for its kind, one for its priority, sure others.

    Where it has one for its kind, or for a priority, somebody has decided that.
    """
    has = {name.lower() for name in there}
    kinds = {name: kind for name in known if (kind := kind_of(name)) is not None}
    priorities = {name: one for name in known if (one := priority_of(name, scale)) is not None}
    found: list[str] = []
    if not any(kind_of(name) for name in there):
        found += sorted((name for name, kind in kinds.items() if kind is read.kind), key=len)[:1]
    if not any(priority_of(name, scale) for name in there):
        found += sorted((name for name, one in priorities.items() if one == read.priority), key=len)[:1]
    sure = {name.lower(): least for name, least in rules.thresholds.items()}
    found += [
        name
        for name, how in sorted(read.labels.items(), key=lambda one: -one[1])
        if name not in kinds and name not in priorities and how >= sure.get(name.lower(), rules.sure)
    ]
    return [name for name in found if name.lower() not in has]
