"""Reading a report: what it is, how urgent, what it lacks, and whether it may be spoken of at all."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.git.plumbing import records
from workflows.advice import RETRY, ROLLBACK
from workflows.agent.prompts import render
from workflows.agent.questions import Unreadable
from workflows.definition import Done, Failed, Result
from workflows.errors import NotFound, Refused
from workflows.services import StepContext
from workflows.steps.asking import BudgetSpent, question
from workflows.steps.change import config_of
from workflows.text.sanitise import sanitise, sanitise_line
from workflows.triage.forge import IssueReading, LabelReading
from workflows.triage.state import READ, REPORT, ReportKind
from workflows.triage.vulnerability import labelled_so, policy_of, says_so, templates_in
from workflows.values import Issue, to_json

SCALE: Mapping[str, str] = {
    "critical": "data is lost, nothing works, or nobody can go on, and there is no way around it",
    "high": "something that many rely on does not work, or works wrongly without saying so",
    "medium": "something works wrongly, and there is a way around it",
    "low": "a blemish, or a case that hardly anybody meets",
}
"""Of priorities, where the repository has none of its own."""
_MOST_MISSING = 5
_MOST_REASON = 600
_MOST_LABELS = 200
_MOST_ADDED = 20_000
_LARGEST_TEMPLATE = 20_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What a report is. `labels` are those that the model thinks of, with how sure it is.

    `missing` is what its writer has to add before anybody can try it, `asked` whether they were asked before.
    `worked_in` and `failed_in` are tags of the repository, "" where none was named that there is. `policy` is the
    file that says how vulnerabilities are reported.
    """

    kind: ReportKind
    priority: str = ""
    why: str = ""
    labels: Mapping[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    worked_in: str = ""
    failed_in: str = ""
    vulnerability: bool = False
    policy: str = ""
    asked: bool = False


async def read(ctx: StepContext) -> Result:
    """Have the report judged; what looks like a vulnerability goes no further, by its words alone as well."""
    report, labels = await _report(ctx), await _labels(ctx)
    rules = (await config_of(ctx)).triage_rules()
    scale = dict(rules.priorities) or dict(SCALE)
    state: dict[str, Any] = {REPORT.key: to_json(report), "triage_tries": rules.reproduce, "triage_scale": list(scale)}
    state["triage_known_labels"] = list(labels)
    policy, templates = await asyncio.to_thread(_own_words, ctx)
    if says_so(f"{report.title}\n{report.body}", templates) or labelled_so(report.labels):
        return Done({**state, READ.key: to_json(_kept_back(policy))})
    tags = await _tags(ctx)
    prompt = render("judge", __file__, issue=report, labels=labels[:_MOST_LABELS], scale=scale, tags=tags[-100:])
    try:
        found = await question(ctx, prompt, reader(labels, scale, tags), "triage")
    except BudgetSpent as spent:
        return Failed(f"The report was not read: {spent.sentence}", advice=(RETRY, ROLLBACK))
    if found is None:
        return Failed("The model's answer could not be read.", advice=(RETRY, ROLLBACK))
    if found.vulnerability:
        return Done({**state, READ.key: to_json(_kept_back(policy))})
    found = replace(found, asked=bool(ctx.run.inputs.get("asked_before")))
    return Done({**state, READ.key: to_json(found)}, _in_words(found))


def reader(labels: Collection[str], scale: Collection[str], tags: Collection[str]) -> Callable[[Any], Reading]:
    """Reads the model's answer: labels, priorities and tags that there are, and no others."""
    by_name = {name.lower(): name for name in labels}

    def read_one(data: Any) -> Reading:
        if not isinstance(data, dict) or not isinstance(data.get("kind"), str):
            raise Unreadable('it does not say of which "kind" the report is.')
        if data["kind"] not in set(ReportKind):
            raise Unreadable(f"{data['kind'][:40]!r} is none of the kinds.")
        said = data.get("labels")
        given: dict[Any, Any] = said if isinstance(said, dict) else {}
        sure = {by_name[str(name).lower()]: _share(how) for name, how in given.items() if str(name).lower() in by_name}
        priority = str(data.get("priority") or "")
        return Reading(
            kind=ReportKind(data["kind"]),
            priority=priority if priority in scale else "",
            why=_line(data.get("why")),
            labels=sure,
            missing=tuple(line for one in _list(data.get("missing"))[:_MOST_MISSING] if (line := _line(one))),
            worked_in=_tag(data.get("worked_in"), tags),
            failed_in=_tag(data.get("failed_in"), tags),
            vulnerability=data.get("vulnerability") is True,
        )

    return read_one


async def _report(ctx: StepContext) -> Issue:
    """The issue, with what its writer has said since; what others say about it is not their report."""
    issue, forge = ctx.issue, ctx.forge.operations(ctx.run.id)
    if not ctx.run.subject.told_on or not isinstance(forge, IssueReading) or not issue.author:
        return issue
    try:
        comments = await forge.comments(issue.number)
    except (NotFound, Refused):
        return issue
    said = [one.body for one in comments if one.author.login.lower() == issue.author.lower()]
    own = [text for one in said if (text := sanitise(one, _MOST_ADDED)) and not text.startswith("/")]
    return replace(issue, body="\n\n".join((issue.body, *own))[: 3 * _MOST_ADDED])


async def _labels(ctx: StepContext) -> tuple[str, ...]:
    forge = ctx.forge.operations(ctx.run.id)
    if not ctx.run.subject.told_on or not isinstance(forge, LabelReading):
        return ()
    return tuple(name for name in await forge.known_labels() if name.isprintable())


async def _tags(ctx: StepContext) -> list[str]:
    """All tags, the newest last."""
    repository, remote = ctx.repository(), await ctx.forge.remote()
    await asyncio.to_thread(repository.fetch, remote.url, remote.env, tags=True)
    listed = await asyncio.to_thread(repository.git.run, "tag", "--list", "--sort=creatordate")
    names = (line.decode("utf-8", "replace") for line in records("tag", listed, b"\n"))
    return [name for name in names if name.isprintable()]


def _own_words(ctx: StepContext) -> tuple[str, str]:
    """The file that says how vulnerabilities are reported, and the text of all templates of reports."""
    repository = ctx.repository()
    files = {file.path: file for file in repository.files(ctx.state["base_commit"]) if file.mode.startswith("100")}
    wanted = [files[path].blob for path in templates_in(files) if files[path].size <= _LARGEST_TEMPLATE]
    texts = (data.decode("utf-8", "replace") for _, data in repository.read_blobs(wanted))
    return policy_of(files), "\n".join(texts)


def _kept_back(policy: str) -> Reading:
    return Reading(ReportKind.OTHER, vulnerability=True, policy=policy)


def _in_words(found: Reading) -> str:
    lacks = f", lacks {len(found.missing)} thing{'' if len(found.missing) == 1 else 's'}" if found.missing else ""
    return f"{found.kind}{f', {found.priority}' if found.priority else ''}{lacks}"


def _tag(said: Any, tags: Collection[str]) -> str:
    """The tag that a version names: as it is written, with or without its "v"."""
    if not isinstance(said, str) or not said.strip():
        return ""
    bare = said.strip().lower().removeprefix("v")
    return next((tag for tag in tags if re.sub(r"^v(?=\d)", "", tag.lower()) == bare), "")


def _share(value: Any) -> float:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return min(1.0, max(0.0, float(value))) if known else 0.0


def _line(value: Any) -> str:
    return sanitise_line(value, _MOST_REASON) if isinstance(value, str) else ""


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
