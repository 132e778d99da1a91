"""Reviews over replayed pushes of real pull requests: nothing is said twice, rebases cost nothing, lines are carried.

Each commit of a pull request's own line is a push, at most eight. The reviewer is eager: at each push it says something
of every hunk that it is shown, quoting now one line and now two. A pull request is rebased onto a later commit of the
default branch wherever git can carry it over whole. The truth about lines is what `git diff -U0` between two pushes
takes away.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from sandbox.git.history import History, Person
from sandbox.git.plumbing import GitFailed
from tests.bench.figures import Figure
from tests.bench.histories import found, quick
from workflows.review_pr.diff.changes import ChangedFile, Hunk, merge_base, read_changes
from workflows.review_pr.findings import Finding
from workflows.review_pr.history.earlier import hunk_ids, is_repeated, new_in, patch_id, stands

REPOSITORIES = ("starlette", "httpx", "fastapi", "pydantic")
_MOST_PULLS = 40
_MOST_PUSHES = 8
_MOST_FILES = 40


def figures() -> Iterator[Figure]:
    """All repositories together."""
    counts: Counter[str] = Counter()
    for _, place in found(REPOSITORIES):
        with quick(place) as history:
            _replay_all(history, counts)
    if not counts["pulls"]:
        return
    yield Figure("pull requests replayed", counts["pulls"], unit="")
    yield Figure("pushes", counts["pushes"], unit="")
    yield Figure("findings posted", counts["posted"], unit="")
    once = 100 - 100 * counts["twice"] / max(1, counts["posted"])
    yield Figure("of them posted once", once, most=100, unit="%")
    yield Figure("pure rebases", counts["rebases"], unit="")
    yield Figure("of them without a call", 100 * counts["same"] / max(1, counts["rebases"]), most=99.5, unit="%")
    yield Figure("lines carried from push to push", counts["lines"], unit="")
    yield Figure("of them rightly", 100 * counts["right"] / max(1, counts["lines"]), most=95, unit="%")


def _replay_all(history: History, counts: Counter[str]) -> None:
    listed = history.git.run("for-each-ref", "--sort=-committerdate", "--format=%(objectname)", "refs/pull/*/head")
    done = 0
    for head in listed.decode().split():
        if done == _MOST_PULLS:
            return
        start = merge_base(history, "HEAD", head)
        if start == head:
            continue
        line = history.git.run("rev-list", "--first-parent", "--reverse", head, "--not", start).decode().split()
        pushes = line[-_MOST_PUSHES:]
        if len(pushes) < 3 or len(read_changes(history, start, head)) > _MOST_FILES:
            continue
        done += 1
        counts["pulls"] += 1
        _replay(history, pushes, counts)
        _rebase(history, start, head, counts)


def _replay(history: History, pushes: list[str], counts: Counter[str]) -> None:
    seen: frozenset[str] = frozenset()
    posted: dict[str, dict[str, str]] = {}
    at: dict[str, tuple[str, int, str]] = {}  # where each posted finding's line is by now: path, line, text
    before = ""
    for number, head in enumerate(pushes):
        counts["pushes"] += 1
        changes = read_changes(history, merge_base(history, "HEAD", head), head)
        if before:
            at = _carried(history, before, head, at, posted, counts)
        fresh, _ = new_in(changes, seen)
        told = {(path, line) for path, line, _ in at.values()}
        for change, hunk in ((one, hunk) for one in fresh for hunk in one.hunks):
            finding, line = _said(change, hunk, number)
            if finding is None or is_repeated(finding, posted, {one.path for one in changes}):
                continue
            counts["posted"] += 1
            counts["twice"] += (change.path, line) in told
            posted[finding.key] = {"path": change.path, "lines": finding.quote}
            at[finding.key] = (change.path, line, finding.quote.split("\n")[0])
        seen |= frozenset(hunk_ids(changes))
        before = head


def _said(change: ChangedFile, hunk: Hunk, number: int) -> tuple[Finding | None, int]:
    """What is said of a hunk: about its first telling line that is new, quoted alone or with the next, in turn."""
    for at, line in enumerate(hunk.lines):
        if line.mark == "+" and len(line.text.strip()) > 12:
            after = [one.text for one in hunk.lines[at + 1 : at + 2] if one.mark != "-" and one.text.strip()]
            quote = "\n".join([line.text, *(after if number % 2 else [])])
            return Finding(change.path, quote, f"Wrong at push {number}", "It is wrong."), line.new
    return None, 0


def _carried(
    history: History,
    before: str,
    head: str,
    at: dict[str, tuple[str, int, str]],
    posted: dict[str, dict[str, str]],
    counts: Counter[str],
) -> dict[str, tuple[str, int, str]]:
    """Where the lines are after a push; whether we say rightly of each that it still stands is counted."""
    kept: dict[str, tuple[str, int, str]] = {}
    for key, (path, line, text) in at.items():
        now = _text(history, head, path)
        new = _moved(history, before, head, path, line) if now is not None else 0
        first = {"path": path, "lines": text}
        counts["lines"] += 1
        counts["right"] += stands(first, now) == (new > 0)
        if new and stands(posted[key], now):
            kept[key] = (path, new, text)  # else it was mended: to say something of what is there now is no repetition
    return kept


def _moved(history: History, before: str, head: str, path: str, line: int) -> int:
    """The line's number after a push, 0 where it was taken away."""
    diff = history.git.run("diff-tree", "-p", "-U0", "--no-ext-diff", "--no-textconv", before, head, "--", path)
    shift = 0
    for found_ in re.finditer(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", diff.decode("utf-8", "replace"), re.M):
        start, count, _, more = (int(one) if one is not None else 1 for one in found_.groups())
        if count and start <= line < start + count:
            return 0
        if start < line or (not count and start <= line - 1):
            shift += more - count
    return line + shift


def _text(history: History, commit: str, path: str) -> str | None:
    try:
        return history.git.run("cat-file", "blob", f"{commit}:{path}").decode("utf-8", "replace")
    except GitFailed:
        return None


def _rebase(history: History, start: str, head: str, counts: Counter[str]) -> None:
    """The change carried over to the default branch as it is sixty commits later."""
    later = history.git.run("rev-list", "--first-parent", "--reverse", f"{start}..HEAD").decode().split()[:60]
    if not later:
        return
    carried = history.replay(start, head, later[-1])
    if carried.conflicts or carried.tree == history.tree_of(later[-1]):
        return
    nobody = Person("Bench", "bench@example.org")
    moved = history.write_commit(carried.tree, [later[-1]], "Moved", author=nobody, committer=nobody, when=0)
    sizes = [history.git.run("diff-tree", "-r", "--numstat", *ends) for ends in ((start, head), (later[-1], moved))]
    if sizes[0] != sizes[1]:
        return  # the base has a part of it by now: what is left is another change
    counts["rebases"] += 1
    counts["same"] += patch_id(history, start, head) == patch_id(history, later[-1], moved)
