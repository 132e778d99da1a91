"""What earlier reviews of a pull request said and saw: our own record of it, which no push and no person re-points."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.git.history import History
from workflows.review_pr.diff.anchors import ShownLine, anchor
from workflows.review_pr.diff.changes import ChangedFile, Hunk
from workflows.review_pr.diff.placing import PlacedFinding
from workflows.review_pr.findings import Finding, same_lines
from workflows.review_pr.state import BASE_BRANCH
from workflows.services import StepContext
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.values import RunStatus

_MOST_HUNKS = 4_000
_AROUND = 3
_TELLING = 12
"""Characters of lines that are not met everywhere."""
_MARK = "<!-- pullwright:finding:"
BELOW, RESOLVED = "review_below", "review_resolved"
"""Keys of the run's state for what `Earlier` keeps under these names."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """`head` is the commit that was reviewed last, `patch` its change's id, `hunks` what was read of it by then.

    `posted` are findings that were posted at any time, by key, each as `as_record` keeps it. `resolved` are the threads
    that we have resolved, False for one that a person opened since. `base_branch` is where it led to then, and `below`
    are pull requests that it stood on until they were merged: what was read and posted there counts, too.
    """

    head: str = ""
    patch: str = ""
    hunks: frozenset[str] = frozenset()
    posted: dict[str, dict[str, str]] = field(default_factory=dict)
    resolved: Mapping[str, bool] = field(default_factory=dict)
    base_branch: str = ""
    below: tuple[int, ...] = ()


async def earlier_of(ctx: StepContext) -> Earlier:
    """The record of the reviews of this pull request; empty where there was none.

    Of one that failed only what it had posted counts, of one that was rolled back nothing.
    """
    subject = ctx.run.subject
    if not subject.told_on:
        return Earlier()
    others = await _reviews_of(ctx, subject.number)
    last = _last(others)
    below = tuple(map(int, ctx.state.get(BELOW) or last.get(BELOW) or ()))
    hunks: set[str] = {*(last.get("review_hunks") or ()), *(ctx.state.get("review_hunks") or ())}
    posted: dict[str, dict[str, str]] = {}
    for number in below:
        beneath = await _reviews_of(ctx, number)
        hunks |= set(_last(beneath).get("review_hunks") or ())
        posted |= _posted(beneath)
    posted |= _posted(others) | dict(ctx.state.get("review_posted") or {})  # this run may have been overtaken
    return Earlier(
        head=str(last.get("review_head") or ""),
        patch=str(last.get("review_patch") or ""),
        hunks=frozenset(map(str, hunks)),
        posted=posted,
        resolved=ctx.state[RESOLVED] if RESOLVED in ctx.state else _resolved(others),
        base_branch=str(last.get(BASE_BRANCH) or ""),
        below=below,
    )


async def _reviews_of(ctx: StepContext, number: int) -> list[Run]:
    """Those of a pull request but for this one, the newest first."""
    rows = await ctx.services.store.read(runs.of_number, ctx.run.repository, number, workflow=ctx.run.workflow)
    return [one for one in rows if one.id != ctx.run.id and one.status is not RunStatus.ROLLED_BACK]


def _last(reviews: Sequence[Run]) -> Mapping[str, Any]:
    return next((one.state for one in reviews if one.status is RunStatus.COMPLETED), {})


def _posted(reviews: Sequence[Run]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for one in reversed(reviews):
        found |= one.state.get("review_posted") or {}
    return found


def _resolved(reviews: Sequence[Run]) -> Mapping[str, bool]:
    """The threads that we have resolved, as the newest review that has looked at them says."""
    return next((one.state[RESOLVED] for one in reviews if RESOLVED in one.state), {})


def patch_id(history: History, base: str, head: str) -> str:
    """What a change is known by whatever it is based on: equal after a rebase or a squash. "" for no change.

    git leaves white space out of a patch's id, which in many languages means something: the lines are digested beside
    it. One line around each hunk counts, since what the base has changed two lines away is none of the change.
    """
    words = ("diff-tree", "-r", "-p", "-U1", "--no-ext-diff", "--no-textconv", "--full-index", "--binary")
    diff = history.git.run(*words, base, head)
    found = history.git.run("patch-id", "--stable", stdin=diff).decode("ascii", "replace").partition(" ")[0]
    lines = b"\n".join(line for line in diff.split(b"\n") if line.startswith((b"+", b"-")))
    return f"{found}-{hashlib.sha256(lines).hexdigest()[:16]}" if found else ""


def hunk_ids(changes: Iterable[ChangedFile]) -> list[str]:
    """What each hunk is known by, wherever its lines have moved to: its file, its lines, and those around them."""
    return [hunk_id(one, hunk) for one in changes for hunk in one.hunks][:_MOST_HUNKS]


def hunk_id(change: ChangedFile, hunk: Hunk) -> str:
    said = "\n".join(f"{line.mark}{line.text}" for line in hunk.lines)
    return hashlib.sha256(f"{change.path}\0{said}".encode(errors="surrogatepass")).hexdigest()[:16]


def new_in(changes: Sequence[ChangedFile], seen: frozenset[str]) -> tuple[list[ChangedFile], list[str]]:
    """The files with their hunks that were not read before, and the paths of those that were read whole."""
    fresh, known = [], []
    for change in changes:
        hunks = tuple(one for one in change.hunks if hunk_id(change, one) not in seen)
        if change.hunks and not hunks:
            known.append(change.path)
        else:
            fresh.append(replace(change, hunks=hunks))
    return fresh, known


def is_repeated(finding: Finding, posted: Mapping[str, Mapping[str, str]], paths: Collection[str]) -> bool:
    """Whether one that was posted is about the same lines, however much of them each quotes, and what each is called.

    `paths` are those of the change as it is now: what was said of a file that is none of them any more may be about one
    that was renamed since.
    """
    if finding.key in posted:
        return True
    return any(
        same_lines(finding.quote, one["lines"])
        for one in posted.values()
        if _tells(one["lines"]) and (one["path"] == finding.path or one["path"] not in paths)
    )


def mark(key: str) -> str:
    """What a comment carries unseen, so that its thread is known for this finding's."""
    return f"{_MARK}{key} -->"


def key_in(body: str) -> str:
    """The key of the finding that a comment of ours is about, "" where it is about none."""
    _, found, rest = body.partition(_MARK)
    return rest.partition(" ")[0] if found else ""


def as_record(placed: PlacedFinding, text: str | None) -> dict[str, str]:
    """What is kept of a finding that was posted: its file, and the lines that it is about; "" for such as are gone.

    Where it suggests something: that, the first line that it replaces, and what it is called.
    """
    at = placed.place
    if at is None or at.side == "LEFT" or text is None:
        return {"path": placed.finding.path, "lines": ""}
    kept = {"path": placed.finding.path, "lines": "\n".join(text.split("\n")[at.start - 1 : at.end])}
    if placed.suggestion is None:
        return kept
    return {**kept, "suggestion": placed.suggestion, "start": str(at.start), "title": placed.finding.title}


def stands(record: Mapping[str, str], text: str | None) -> bool:
    """Whether those lines are still there as they were, wherever they moved to; True where that cannot be told."""
    if not record["lines"].strip():
        return True
    if text is None:
        return False
    lines = [ShownLine(number, line) for number, line in enumerate(text.split("\n"), 1)]
    found = anchor(record["lines"], lines, 1)
    return found is not None and found.exact


def stands_in(record: Mapping[str, str], texts: Mapping[str, str]) -> bool:
    """Whether those lines are still there, by the texts of files as they are now: in theirs, or where that is gone, in
    any, since it may have been renamed; True where that cannot be told."""
    if not record["lines"].strip() or record["path"] in texts:
        return stands(record, texts.get(record["path"]))
    return _tells(record["lines"]) and any(stands(record, text) for text in texts.values())


def _tells(lines: str) -> bool:
    """Whether there is enough of some lines that they are met nowhere by chance."""
    return len("".join(lines.split())) >= _TELLING
