"""Fetching a change and looking at it: all is computed from the mirror."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sandbox.errors import RepositoryError
from sandbox.git.repository import Repository
from workflows.advice import ROLLBACK
from workflows.definition import Done, Exit, Failed, Result
from workflows.errors import NotFound, Refused
from workflows.policy.config.repo_config import ReviewRules
from workflows.review_pr.diff.changes import ChangedFile, merge_base, read_changes
from workflows.review_pr.diff.filters import choose
from workflows.review_pr.diff.shown import MOST_CHARACTERS, file_text, parted
from workflows.review_pr.forge import PullReading, linked
from workflows.review_pr.history.earlier import BELOW, earlier_of, new_in, patch_id
from workflows.review_pr.history.pausing import pushes_in_a_row
from workflows.review_pr.history.stacked import below_of
from workflows.review_pr.state import BASE, BASE_BRANCH, HEAD, JUDGED, OF, PARTS, RULES, SKIPPED, UNRUN
from workflows.services import StepContext
from workflows.steps.change import config_at
from workflows.text.sanitise import sanitise, sanitise_line, sanitised
from workflows.values import Issue, to_json
from workflows.workspace.named_commits import READS

PAUSED = "paused"
"""The exit of a push that is not read, after many that nobody has said a word about."""
SAME = "same"
"""The exit of a change that was reviewed already, on whatever it is based by now."""
_MOST_BESIDE = 4_000_000
"""Bytes of a file that is looked into though it is no part of the change."""


async def fetch(ctx: StepContext) -> Result:
    """Bring both ends of the change here, and find where it begins; the same change again needs no review."""
    repository, remote = ctx.repository(), await ctx.forge.remote()
    await ctx.say("fetching the repository")
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    base, head, said = await _ends(ctx, repository)
    lacking = await asyncio.to_thread(repository.missing, [base, head])
    if lacking:
        await asyncio.to_thread(repository.fetch_commits, lacking, remote.url, remote.env)
    for commit in (base, head):
        await asyncio.to_thread(repository.complete, commit, remote.url, remote.env)
    await asyncio.to_thread(repository.pin, ctx.run.id, head)
    start = await asyncio.to_thread(merge_base, repository, base, head)
    patch = await asyncio.to_thread(patch_id, repository, start, head)
    rules = (await asyncio.to_thread(config_at, repository, base)).review_rules()
    foreign = bool(said.pop("foreign", False))
    said[UNRUN] = why_unrun(rules, foreign=foreign)
    state = {BASE.key: start, HEAD.key: head, RULES.key: base, "review_patch": patch, **said, **_ANEW}
    state[READS] = list(dict.fromkeys((start, head, base)))
    most = rules.pause_after
    if most and ctx.run.inputs.get("quiet") and await pushes_in_a_row(ctx) >= most:
        return Exit(PAUSED, {**state, "review_paused": most}, f"paused after {most} pushes")
    earlier = await earlier_of(ctx)
    if base_branch := str(said.get(BASE_BRANCH) or ""):
        state[BELOW] = await below_of(ctx, earlier, base_branch)
    if patch and patch == earlier.patch and not ctx.run.inputs.get("fresh"):
        again = {"review_same_as": earlier.head, "review_hunks": sorted(earlier.hunks)}
        return Exit(SAME, {**state, **again}, f"the same change as at {earlier.head[:10]}")
    return Done(state, f"{start[:10]}..{head[:10]}")


_ANEW: Mapping[str, Any] = {"review_readings": {}, JUDGED: {}, "review_same_as": "", "review_paused": 0}
"""What a review that begins anew, since somebody pushed, is not to go on from."""


async def _ends(ctx: StepContext, repository: Repository) -> tuple[str, str, dict[str, Any]]:
    """The base's and the head's commit as they are now, and what people say of the change, kept as data.

    Of the base counts where its branch is: what a forge says of it may be as old as the pull request.
    """
    inputs, forge = ctx.run.inputs, ctx.forge.operations(ctx.run.id)
    if not ctx.run.subject.told_on:
        return str(inputs["base_commit"]), str(inputs["head_commit"]), {"review_issue": inputs.get("issue")}
    if not isinstance(forge, PullReading):
        raise RepositoryError("Pull requests cannot be read in a dry run.", "Review it at the command line.")
    pull = await forge.pull(ctx.run.subject.number)
    number, issue = linked(pull.body), None
    if number and number != pull.number:
        try:
            found = await forge.issue(number)
            issue = to_json(sanitised(Issue(number, found.title, found.body)))
        except (NotFound, Refused):
            issue = None
    text = f"{sanitise_line(pull.title, 300)}\n\n{sanitise(pull.body)}"
    base = pull.base_commit  # of a merged one the branch holds the change already
    if not pull.merged:
        with suppress(RepositoryError):  # the branch is gone
            base = await asyncio.to_thread(repository.resolve, f"refs/heads/{pull.base}")
    foreign = pull.head_repository.lower() != ctx.run.subject.repository.lower()
    return (
        base,
        pull.head_commit,
        {"review_said": text, "review_issue": issue, "foreign": foreign, BASE_BRANCH: pull.base},
    )


def why_unrun(rules: ReviewRules, *, foreign: bool) -> str:
    """Why nothing of a change may be run, as the end of a sentence; "" where it may. Others' code takes more."""
    if rules.checks == "off":
        return "this repository does not ask for it"
    return "it comes from a fork" if foreign and rules.checks != "all" else ""


async def look(ctx: StepContext) -> Result:
    """Say which files are read, and in which parts; why the others are not."""
    changes, texts = await asyncio.to_thread(change_of, ctx)
    rules, earlier = await asyncio.to_thread(rules_of, ctx), await earlier_of(ctx)
    seen = frozenset[str]() if ctx.run.inputs.get("fresh") else earlier.hunks
    fresh, known = new_in(changes, seen)
    chosen = choose(fresh, rules.include, rules.exclude)
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
        "review_known": known,
        "review_seen": sorted(seen),
        "review_warning": chosen.warning,
    }
    return Done(state, f"{read} of {len(changes)} files")


def change_of(ctx: StepContext) -> tuple[tuple[ChangedFile, ...], dict[str, str]]:
    """The files of the change, and their texts as they are at the head."""
    repository = ctx.repository()
    changes = read_changes(repository, ctx.state[BASE.key], ctx.state[HEAD.key])
    return changes, texts_of(repository, changes)


def fresh_of(ctx: StepContext, changes: Sequence[ChangedFile]) -> dict[str, ChangedFile]:
    """The files as they are to be read, by path: where a part of one was read in an earlier review, without that."""
    seen = frozenset(ctx.state.get("review_seen") or ())
    return {one.path: one for one in new_in(changes, seen)[0]}


def texts_of(repository: Repository, changes: Sequence[ChangedFile]) -> dict[str, str]:
    """The text of each changed file afterwards, by path."""
    wanted = {one.path: one.after for one in changes if one.after and one.is_text and one.hunks}
    blobs = dict(repository.read_blobs(list(dict.fromkeys(wanted.values()))))
    return {path: blobs[blob].decode("utf-8", "replace") for path, blob in wanted.items()}


def texts_beside(ctx: StepContext, paths: Collection[str]) -> dict[str, str]:
    """The texts at the head of files that are no part of the change any more, by path; what is gone has none."""
    repository = ctx.repository()
    found = [one for one in repository.files(ctx.state[HEAD.key]) if one.path in paths] if paths else []
    wanted = {one.path: one.blob for one in found if one.mode.startswith("100") and one.size <= _MOST_BESIDE}
    blobs = dict(repository.read_blobs(list(dict.fromkeys(wanted.values()))))
    return {path: blobs[blob].decode("utf-8", "replace") for path, blob in wanted.items()}


def rules_of(ctx: StepContext) -> ReviewRules:
    """What the repository asks of reviews, by the base branch alone."""
    return config_at(ctx.repository(), ctx.state[RULES.key]).review_rules()
