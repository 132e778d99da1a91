"""Finding the commit that a bug began with, between a tag that is said to have worked and the code as it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sandbox.git.history import History
from sandbox.git.plumbing import object_id, records
from workflows.definition import Done, Result
from workflows.services import StepContext
from workflows.store.run_rows.reproduced import REPRODUCTION
from workflows.text.sanitise import sanitise_line
from workflows.triage.reproduction.attempt import Reproduction
from workflows.triage.reproduction.halving import halve
from workflows.triage.reproduction.reproducing import does_at
from workflows.triage.reproduction.trying import PASSES
from workflows.triage.state import BEGAN, reading_in
from workflows.values import from_json, to_json

_MOST_TRIES = 14
"""Of commits: enough for some ten thousand of them."""


@dataclass(frozen=True, slots=True)
class Began:
    """`commit` is the first that fails, "" where it could not be found; `why` says then what kept it from that."""

    since: str
    commit: str = ""
    subject: str = ""
    why: str = ""
    tries: int = 0


async def bisect(ctx: StepContext) -> Result:
    """Halve the commits between the two until one is left; each answer is kept as it comes."""
    since, repository = str(reading_in(ctx.state)["worked_in"]), ctx.repository()
    found = from_json(Reproduction, ctx.state[REPRODUCTION])
    known: dict[str, str] = dict(ctx.state.get("triage_bisected") or {})

    async def does(commit: str) -> str:
        if commit not in known:
            await ctx.boundary()
            await ctx.say(f"running it at {commit[:10]}")
            known[commit] = await does_at(ctx, found, commit)
            await ctx.keep(triage_bisected=known)
        return known[commit]

    good = await asyncio.to_thread(repository.resolve, f"refs/tags/{since}")
    parted = await asyncio.to_thread(repository.merge_base, good, ctx.state["base_commit"])
    if not parted or parted == ctx.state["base_commit"]:
        return _told(Began(since, why=f"{since} is not in the history of the default branch"))
    if (then := await does(good)) != PASSES:
        return _told(Began(since, why=f"at {since} it {then}", tries=len(known)))
    if parted != good and (then := await does(parted)) != PASSES:
        why = f"{since} was made on a branch of its own, and at {parted[:10]}, where that began, it {then}"
        return _told(Began(since, why=why, tries=len(known)))
    between = await asyncio.to_thread(_between, repository, parted, ctx.state["base_commit"])
    left = await halve(between, does, lambda commit: commit in known or len(known) < _MOST_TRIES)
    if not left.found:
        because = f"{left.why}, so it" if left.why else "it"
        why = f"{because} began with one of {left.last - left.first + 1} commits"
        return _told(Began(since, why=why, tries=len(known)))
    first = between[left.first]
    subject = await asyncio.to_thread(_subject, repository, first)
    return _told(Began(since, first, subject, tries=len(known)))


def _told(began: Began) -> Done:
    words = f"{began.commit[:10]} {began.subject}" if began.commit else f"not found: {began.why}"
    return Done({BEGAN: to_json(began), "triage_bisected": {}}, words[:200])


def _between(history: History, good: str, bad: str) -> list[str]:
    """The commits from one to the other along the branch, oldest first."""
    listed = history.git.run("rev-list", "--first-parent", "--reverse", f"{good}..{bad}")
    return [object_id("rev-list", line) for line in records("rev-list", listed, b"\n")]


def _subject(history: History, commit: str) -> str:
    raw = history.git.run("log", "-1", "--format=%s", commit)
    return sanitise_line(raw.decode("utf-8", "replace"), 120)
