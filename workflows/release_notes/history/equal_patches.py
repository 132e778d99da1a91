"""Pull requests known by their patch: of commits that name none, where the heads of pull requests are at hand."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from sandbox.git.history import History
from sandbox.git.plumbing import object_id, records
from workflows.release_notes.history.commits import LoggedCommit

_HEADS = ("refs/pull/*/head", "refs/pull-requests/*/from", "refs/merge-requests/*/head")
_NUMBER = re.compile(r"/(\d+)/")
_BEFORE, _AFTER = 400 * 86_400, 7 * 86_400
"""How long before a commit, and how long after it, in seconds, the head of its pull request may have been written."""
_MOST_COMMITS = 200
_MOST_WHOLE = 300
_MOST_MORE = 2
"""Commits, and pull requests with a change to the same files, that are compared at most."""


def by_patch(
    history: History, until: str, orphans: Sequence[LoggedCommit], paths: Mapping[str, Collection[str]]
) -> dict[str, int]:
    """The pull request of each of the `orphans`, by commit, as far as exactly one has its patch.

    Compared are a pull request as a whole (as a squash leaves it) and each of its commits (as a rebase does). `paths`
    is what each orphan touched; `until` has them all in its history.
    """
    wanted = {one.id: frozenset(paths[one.id]) for one in orphans if len(one.parents) == 1 and paths.get(one.id)}
    wanted = dict(list(wanted.items())[:_MOST_COMMITS])
    heads = _heads(history, [one for one in orphans if one.id in wanted]) if wanted else {}
    if not heads:
        return {}
    pairs = [(one, f"{one}^") for one in wanted]
    alike = list(_alike(history, until, heads, set(wanted.values())))
    known = _patch_ids(history, [*pairs, *(pair for _, some in alike for pair in some)])
    ours = {known[pair] for pair in pairs if pair in known}
    owners: dict[str, set[int]] = {}
    for ref, some in alike:
        patches = {known.get(pair, "") for pair in some}
        for patch in patches if patches <= ours else ():  # of several with one head git names one
            owners.setdefault(patch, set()).update(_number(one) for one in heads if heads[one] == heads[ref])
    found = {pair[0]: owners.get(known[pair], set()) for pair in pairs if pair in known}
    return {commit: next(iter(numbers)) for commit, numbers in found.items() if len(numbers) == 1}


def _heads(history: History, wanted: Sequence[LoggedCommit]) -> dict[str, str]:
    """The heads of pull requests, by ref, from about the time of these commits."""
    listed = history.git.run("for-each-ref", "--format=%(refname)%00%(objectname)%00%(committerdate:unix)", *_HEADS)
    first, last = min(one.at for one in wanted) - _BEFORE, max(one.at for one in wanted) + _AFTER
    found = {}
    for line in records("for-each-ref", listed, b"\n"):
        ref, commit, when = os.fsdecode(line).split("\0")
        if when.isdigit() and first <= int(when) <= last and _NUMBER.search(ref):
            found[ref] = object_id("for-each-ref", commit)
    return found


def _number(ref: str) -> int:
    found = _NUMBER.search(ref)
    return int(found[1]) if found else 0


def _alike(
    history: History, until: str, heads: Mapping[str, str], touched: Collection[frozenset[str]]
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """What may have the patches of commits that touched these paths: a pull request as a whole, or all its commits.

    Each by its ref, with pairs of a commit and what it is compared with. Where only some of its commits are there, it
    has copied those.
    """
    own: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for ref, commit, changed in _own_commits(history, until, heads):
        own.setdefault(ref, []).append((commit, changed))
    near = 0
    for ref, commits in own.items():
        if all(changed in touched for _, changed in commits):
            yield ref, [(commit, f"{commit}^") for commit, _ in commits]
        whole = frozenset[str]().union(*(changed for _, changed in commits))
        if near < _MOST_WHOLE and any(one <= whole and len(whole) <= len(one) + _MOST_MORE for one in touched):
            near += 1
            if base := history.merge_base(until, heads[ref]):
                yield ref, [(heads[ref], base)]


def _own_commits(history: History, until: str, heads: Mapping[str, str]) -> Iterator[tuple[str, str, frozenset[str]]]:
    """The commits of pull requests that `until` lacks: the ref, the commit, and the paths that it touched."""
    asked = "".join(f"{one}\n" for one in (*heads, f"^{until}")).encode()
    words = ("log", "--stdin", "--source", "--no-merges", "--no-renames", "--name-status", "-z", "--format=%H%x00%S")
    fields = iter(records("log", history.git.run(*words, stdin=asked)))
    ref, commit, changed = "", "", set[str]()
    for field in fields:
        if len(field.lstrip(b"\n")) == 1:  # how a path changed, which follows: whatever that is called, it is no commit
            changed.add(os.fsdecode(next(fields, b"")))
        elif field:
            if commit:
                yield ref, commit, frozenset(changed)
            commit, ref, changed = object_id("log", field), os.fsdecode(next(fields, b"")), set()
    if commit:
        yield ref, commit, frozenset(changed)


def _patch_ids(history: History, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The patch of each pair of a commit and what it is compared with; empty ones have none."""
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    listed = records("rev-parse", history.git.run("rev-parse", *names), b"\n")
    known = dict(zip(names, (object_id("rev-parse", line) for line in listed), strict=True))
    found: dict[tuple[str, str], str] = {}
    asked = list(dict.fromkeys((known[after], known[before]) for after, before in pairs))
    while asked:  # the answer names the commit alone, so each is asked about once at a time
        once = dict(asked)
        asked = [pair for pair in asked if once[pair[0]] != pair[1]]
        diffs = history.git.run(
            "diff-tree", "--stdin", "-p", stdin="".join(f"{a} {b}\n" for a, b in once.items()).encode()
        )
        for line in records("patch-id", history.git.run("patch-id", "--stable", stdin=diffs), b"\n"):
            patch, _, after = line.decode("ascii", "replace").partition(" ")
            found[after, once[after]] = patch
    return {pair: found[at] for pair in pairs if (at := (known[pair[0]], known[pair[1]])) in found}
