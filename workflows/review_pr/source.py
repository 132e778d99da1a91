"""Fetching a change and looking at it: all is computed from the mirror, and nothing is laid out or run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.errors import RepositoryError
from sandbox.git.repository import Repository
from workflows.advice import ROLLBACK
from workflows.definition import Done, Failed, Result
from workflows.policy.repo_config import ReviewRules
from workflows.review_pr.changes import FileChange, merge_base, read_changes
from workflows.review_pr.filters import choose
from workflows.review_pr.shown import MOST_CHARACTERS, file_text, parted
from workflows.review_pr.state import BASE, HEAD, OF, PARTS, RULES, SKIPPED
from workflows.services import StepContext
from workflows.steps.change import config_at


async def fetch(ctx: StepContext) -> Result:
    """Bring both ends of the change here, and find where it begins."""
    repository, remote = ctx.repository(), await ctx.forge.remote()
    await ctx.say("fetching the repository")
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    base, head = str(ctx.run.inputs["base_commit"]), str(ctx.run.inputs["head_commit"])
    lacking = await asyncio.to_thread(repository.missing, [base, head])
    if lacking:
        await asyncio.to_thread(repository.fetch_commits, lacking, remote.url, remote.env)
    for commit in (base, head):
        await asyncio.to_thread(repository.complete, commit, remote.url, remote.env)
    await asyncio.to_thread(repository.pin, ctx.run.id, head)
    start = await asyncio.to_thread(merge_base, repository, base, head)
    state = {BASE.key: start, HEAD.key: head, RULES.key: base}
    return Done(state, f"{start[:10]}..{head[:10]}")


async def look(ctx: StepContext) -> Result:
    """Say which files are read, and in which parts; why the others are not."""
    changes, texts = await asyncio.to_thread(change_of, ctx)
    rules = await asyncio.to_thread(rules_of, ctx)
    chosen = choose(changes, rules.include, rules.exclude)
    sizes = {one.path: len(file_text(one, texts.get(one.path))) for one in chosen.read}
    split = parted(chosen.read, sizes)
    skipped = [{"path": one.path, "why": one.why} for one in chosen.skipped]
    for path in split.left:
        why = "too large" if sizes[path] > MOST_CHARACTERS else "beyond what one review reads"
        skipped.append({"path": path, "why": why})
    if not changes:
        return Failed("There is no change between the two.", advice=(ROLLBACK,), lasting=True)
    read = sum(map(len, split.parts))
    state = {
        PARTS.key: [list(part) for part in split.parts],
        SKIPPED.key: skipped,
        OF.key: len(changes),
        "review_warning": chosen.warning,
    }
    return Done(state, f"{read} of {len(changes)} files")


def change_of(ctx: StepContext) -> tuple[tuple[FileChange, ...], dict[str, str]]:
    """The files of the change, and their texts as they are at the head."""
    repository = ctx.repository()
    changes = read_changes(repository, ctx.state[BASE.key], ctx.state[HEAD.key])
    return changes, texts_of(repository, changes)


def texts_of(repository: Repository, changes: Sequence[FileChange]) -> dict[str, str]:
    """The text of each changed file afterwards, by path."""
    wanted = {one.path: one.after for one in changes if one.after and one.is_text and one.hunks}
    blobs = dict(repository.read_blobs(list(dict.fromkeys(wanted.values()))))
    return {path: blobs[blob].decode("utf-8", "replace") for path, blob in wanted.items()}


def rules_of(ctx: StepContext) -> ReviewRules:
    """What the repository asks of reviews, by the base branch alone."""
    try:
        return config_at(ctx.repository(), ctx.state[RULES.key]).review_rules()
    except RepositoryError:
        return ReviewRules()


def linked_issue(inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The issue that the change is to resolve, as it was when the review began."""
    found = inputs.get("issue")
    return found if isinstance(found, Mapping) else None
