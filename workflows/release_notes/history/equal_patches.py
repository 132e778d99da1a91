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
    owners: dict[str, set[int]] = {}
    for ref, head in heads.items():
        owners.setdefault(head, set()).add(_number(ref))
    pairs = [(one, f"{one}^") for one in wanted]
    for number, after, before in _alike(history, until, heads, set(wanted.values())):
        owners.setdefault(after, set()).add(number)
        pairs.append((after, before))
    by_id: dict[str, set[int]] = {}
    known = _patch_ids(history, pairs)
    for after, patch in known:
        by_id.setdefault(patch, set()).update(owners.get(after, ()))
    found = {after: by_id[patch] for after, patch in known if after in wanted}
    found |= {commit: owners[commit] for commit in wanted if commit in owners}
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
) -> Iterator[tuple[int, str, str]]:
    """What may have one of the patches, by the paths `touched`: pull request, commit, and what it is compared with."""
    whole: dict[str, set[str]] = {}
    for ref, commit, changed in _own_commits(history, until, heads):
        whole.setdefault(ref, set()).update(changed)
        if changed in touched:
            yield _number(ref), commit, f"{commit}^"
    near = [
        ref
        for ref, changed in whole.items()
        if any(one <= changed and len(changed) <= len(one) + _MOST_MORE for one in touched)
    ]
    for ref in near[:_MOST_WHOLE]:
        if base := history.merge_base(until, heads[ref]):
            yield _number(ref), heads[ref], base


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


def _patch_ids(history: History, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The patch of each pair of a commit and what it is compared with, under the commit; empty ones have none."""
    names = history.git.run("rev-parse", *dict.fromkeys(name for pair in pairs for name in pair)) if pairs else b""
    ids = [object_id("rev-parse", line) for line in records("rev-parse", names, b"\n")]
    known = dict(zip(dict.fromkeys(name for pair in pairs for name in pair), ids, strict=True))
    asked = "".join(f"{known[after]} {known[before]}\n" for after, before in pairs).encode()
    patches = history.git.run("patch-id", "--stable", stdin=history.git.run("diff-tree", "--stdin", "-p", stdin=asked))
    found = []
    for line in records("patch-id", patches, b"\n"):
        patch, _, after = line.partition(b" ")
        found.append((object_id("patch-id", after), object_id("patch-id", patch)))
    return found
