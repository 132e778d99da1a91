"""Which labels fit, of those that there are: exactly one that says the kind, one for the priority, and sure ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from workflows.definition import Done, Result
from workflows.effects.conversation.labels import add_missing
from workflows.errors import Gone, NotFound, Refused
from workflows.policy.repo_config import TriageRules
from workflows.services import StepContext
from workflows.steps.change import config_of
from workflows.triage.forge import Labelling, LabelReading
from workflows.triage.kind_prior import combined
from workflows.triage.reading import Reading
from workflows.triage.state import KINDS, LABELS, READ, ReportKind
from workflows.values import from_json

_KINDS: Mapping[ReportKind, re.Pattern[str]] = {
    ReportKind.BUG: re.compile(r"(?:type|kind|t|c)?[:/ -]*(?:bugs?|defect)$"),
    ReportKind.FEATURE: re.compile(r"(?:type|kind|t|c)?[:/ -]*(?:features?(?:[ -]request)?|enhancement|improvement)$"),
    ReportKind.QUESTION: re.compile(r"(?:type|kind|t|c)?[:/ -]*(?:questions?|support|help)$"),
    ReportKind.DOCUMENTATION: re.compile(r"(?:type|kind|t|c|area)?[:/ -]*(?:docs?|documentation)$"),
}
_PRIORITY = re.compile(r"(?:priority|prio|severity|sev|p|s)[:/ -]*")


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
    wanted = fitting(read, known, there, rules, ctx.state.get("triage_scale") or ())
    added: list[str] = []
    if wanted and rules.labels == "apply" and isinstance(forge, Labelling) and number and not ctx.dry:
        try:
            await add_missing(number, there, wanted, ctx.journal, forge)
            added = wanted
        except (Refused, Gone) as error:
            return Done({LABELS: {"wanted": wanted, "added": []}}, f"not put on: {error}")
    words = ", ".join(wanted)
    summary = (f"put on: {words}" if added else f"proposed: {words}") if wanted else "none that fits"
    return Done({LABELS: {"wanted": wanted, "added": added}}, summary)


def fitting(
    read: Reading, known: Collection[str], there: Collection[str], rules: TriageRules, scale: Iterable[str]
) -> list[str]:
    """The labels that an issue lacks, of those that there are: one for its kind, one for its priority, sure others.

    Where it has one for its kind, or for a priority, somebody has decided that.
    """
    has = {name.lower() for name in there}
    kinds = {name: kind for name in known if (kind := kind_of(name)) is not None}
    priorities = {name: one for name in known if (one := _priority(name, scale)) is not None}
    found: list[str] = []
    if not any(kind_of(name) for name in there):
        found += sorted((name for name, kind in kinds.items() if kind is read.kind), key=len)[:1]
    if not any(_priority(name, scale) for name in there):
        found += sorted((name for name, one in priorities.items() if one == read.priority), key=len)[:1]
    sure = {name.lower(): least for name, least in rules.thresholds.items()}
    found += [
        name
        for name, how in sorted(read.labels.items(), key=lambda one: -one[1])
        if name not in kinds and name not in priorities and how >= sure.get(name.lower(), rules.sure)
    ]
    return [name for name in found if name.lower() not in has]


def kind_of(name: str) -> ReportKind | None:
    """The kind of report that a label means by its name; None for all others."""
    return next((kind for kind, pattern in _KINDS.items() if pattern.match(name.strip().lower())), None)


def _priority(name: str, scale: Iterable[str]) -> str | None:
    """The priority that a label means: by its whole name, or by what stands behind a word for it."""
    bare = name.strip().lower()
    ends = {bare, _PRIORITY.sub("", bare, count=1) if _PRIORITY.match(bare) else bare}
    behind_word = bool(_PRIORITY.match(bare))
    for one in scale:
        exact = one.lower() == bare and (behind_word or re.fullmatch(r"p\d|s\d|sev\d", bare) or one not in _PLAIN)
        if exact or (behind_word and one.lower() in ends):
            return one
    return None


_PLAIN = frozenset({"critical", "high", "medium", "low"})
"""Of our own scale: a label that is only called so may mean anything."""
