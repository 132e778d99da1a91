"""The commits of a range, and what their messages say of themselves."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from sandbox.git.history import History
from sandbox.git.plumbing import Garbled, object_id, records

_FIELDS = ("%H", "%P", "%aN", "%aE", "%at", "%B")
_MOST = 20_000
"""Commits of one range: more than that is no release."""


@dataclass(frozen=True, slots=True)
class LoggedCommit:
    """One commit. `at` is when it was written, in seconds since the epoch; texts are as people wrote them."""

    id: str
    parents: tuple[str, ...]
    author: str
    email: str
    at: int
    message: str

    @property
    def subject(self) -> str:
        return self.message.strip().partition("\n")[0].strip()

    @property
    def body(self) -> str:
        return self.message.strip().partition("\n")[2].strip()

    @property
    def is_merge(self) -> bool:
        return len(self.parents) > 1


def read_range(history: History, since: str, until: str, released: Sequence[str] = ()) -> list[LoggedCommit]:
    """The commits that `until` has and `since` ("" for none) lacks, oldest first, as far as they are news.

    What `since`, or one of the other tags that were `released` before, has too is none, whether it is the same commit,
    one of the very same change, or one that was carried over with changes (same subject and number, or named as its
    source).
    """
    words = ("log", "-z", "--topo-order", "--reverse", f"--max-count={_MOST}", f"--format={'%x00'.join(_FIELDS)}")
    earlier = [one for one in (since, *released) if one]
    news = list(_parsed(history.git.run(*words, until, *(("--not", *earlier) if earlier else ()))))
    carried = {commit for tag in earlier for commit in _carried_over(history, tag, until)}
    if earlier:
        theirs = list(_parsed(history.git.run(*words, *earlier, "--not", until)))
        carried |= set(_carried_with_changes(standing(theirs)[0], news))
    return [commit for commit in news if commit.id not in carried]


def authors_before(history: History, since: str) -> set[str]:
    """The addresses, in small letters, of all who wrote something up to `since`."""
    if not since:
        return set()
    listed = history.git.run("log", "-z", "--format=%aE", since)
    return {line.decode("utf-8", "replace").lower() for line in records("log", listed)}


def paths_of(history: History, commits: Sequence[LoggedCommit]) -> dict[str, tuple[str, ...]]:
    """The paths that each commit changed; of a merge, what it brought to its first parent."""
    ids = "".join(f"{commit.id}\n" for commit in commits).encode()
    words = ("log", "--no-walk=unsorted", "--stdin", "--first-parent", "-m", "--no-renames", "--name-status", "-z")
    raw = history.git.run(*words, "--format=%H", stdin=ids) if commits else b""
    found: dict[str, tuple[str, ...]] = {}
    at, fields = "", iter(records("log", raw))
    for field in fields:
        if len(field.lstrip(b"\n")) == 1:  # how a path changed, which follows: whatever that is called, it is no commit
            found[at] += (os.fsdecode(next(fields, b"")),)
        else:
            at = object_id("log", field)
            found[at] = ()
    return found


def of_merge(history: History, merge: LoggedCommit) -> set[str]:
    """The commits that a merge brought in: what its other parents have and its first one lacks."""
    listed = history.git.run("rev-list", *merge.parents[1:], "--not", merge.parents[0])
    return {object_id("rev-list", line) for line in records("rev-list", listed, b"\n")}


def _carried_over(history: History, since: str, until: str) -> set[str]:
    """Commits behind `until` whose patch is the same as one's that only `since` has."""
    listed = history.git.run("rev-list", "--cherry-mark", "--right-only", "--no-merges", f"{since}...{until}")
    marked = (line for line in records("rev-list", listed, b"\n") if line.startswith(b"="))
    return {object_id("rev-list", line[1:]) for line in marked}


def _carried_with_changes(theirs: Sequence[LoggedCommit], news: Sequence[LoggedCommit]) -> Iterator[str]:
    """The commits among the `news` of which one of `theirs` is a copy, by what it says of itself."""
    named = {one.subject for one in theirs if pull_of(one)}
    sources = tuple({source for one in theirs for source in picked_from(one)})
    for commit in news:
        if (pull_of(commit) and commit.subject in named) or (sources and commit.id.startswith(sources)):
            yield commit.id


def _parsed(raw: bytes) -> Iterator[LoggedCommit]:
    fields = records("log", raw)
    if len(fields) % len(_FIELDS):
        raise Garbled("log")
    for at in range(0, len(fields), len(_FIELDS)):
        commit, parents, author, email, when, message = (
            field.decode("utf-8", "replace") for field in fields[at : at + len(_FIELDS)]
        )
        ids = tuple(object_id("log", one) for one in parents.split())
        yield LoggedCommit(object_id("log", commit), ids, author, email, int(when), message)


# --- what a message says -----------------------------------------------------------------------

_MERGE = re.compile(r"Merge (?:pull request|PR) #(\d+)|Merged in .*\(pull request #(\d+)\)|Merge-Request: !?(\d+)")
_SQUASHED = re.compile(r"\(#(\d+)\)\s*$")
_BACKPORT = re.compile(r"^(?:\[[^\]]*\] *)?(?:back-?ports?|cherry[- ]?picks?)\b.*?#(\d+)", re.IGNORECASE | re.MULTILINE)
_PICKED = re.compile(r"\(cherry picked from commit ([0-9a-f]{7,40})\)")
_REVERTS = re.compile(r"This (?:reverts|undoes) commit ([0-9a-f]{7,40})")
_REVERTS_PULL = re.compile(r"^Reverts (?:[\w.-]{1,100}/[\w.-]{1,100})?[#!](\d{1,9})[ \t]*\r?$", re.MULTILINE)
_REVERT = re.compile(r'^(Revert|Reapply) "(.+)"(?:\s*\(#\d+\))?$', re.DOTALL)
_SAYS_SO = re.compile(r"\b(?:revert|undo|back(?:s|ed)? out|roll(?:s|ed)? back|reappl)", re.IGNORECASE)
_NUMBERS = re.compile(r"\(#(\d+)\)\s*\(#\d+\)\s*$")


def pull_of(commit: LoggedCommit) -> int | None:
    """The pull request that a commit says it is: by a merge's subject, or a squash's number at its end."""
    if commit.is_merge and (match := _MERGE.search(commit.message)):
        return int(next(number for number in match.groups() if number))
    found = _SQUASHED.search(commit.subject)
    return int(found[1]) if found else None


def backport_of(commit: LoggedCommit) -> int | None:
    """The pull request that it brings to another branch: where it says so, or has that one's number before its own."""
    match = _BACKPORT.search(commit.message) or _NUMBERS.search(commit.subject)
    return int(match[1]) if match else None


def picked_from(commit: LoggedCommit) -> tuple[str, ...]:
    """The commits that it was carried over from."""
    return tuple(_PICKED.findall(commit.message))


@dataclass(frozen=True, slots=True)
class RevertOf:
    """What a commit takes back: by id, by pull request, and by the subject that it quotes. `again` brings something
    back instead."""

    commits: tuple[str, ...]
    subject: str
    again: bool = False
    pulls: tuple[int, ...] = ()


def revert_of(commit: LoggedCommit) -> RevertOf | None:
    """What it reverts, None where it reverts nothing.

    Among what a squash lists, a revert is one step on the way: it counts only where the commit is called one, or says
    nothing before it.
    """
    match, named = _REVERT.match(commit.subject), tuple(_REVERTS.findall(commit.message))
    pulls = tuple(map(int, _REVERTS_PULL.findall(commit.body)))
    if match is None:
        first = _REVERTS.match(commit.body) or _REVERTS_PULL.match(commit.body)
        counts = (named or pulls) and (_SAYS_SO.search(commit.subject) or first)
        return RevertOf(named, "", pulls=pulls) if counts else None
    return RevertOf(named, match[2].strip(), again=match[1] == "Reapply", pulls=pulls)


def bare(subject: str) -> str:
    """A subject without the number of its pull request, to tell whether two are the same."""
    return _SQUASHED.sub("", subject).strip()


def standing(commits: Sequence[LoggedCommit]) -> tuple[list[LoggedCommit], list[tuple[LoggedCommit, LoggedCommit]]]:
    """The commits that still hold at the end, in their order, and the pairs of one and its revert that cancel out.

    A revert of something that is not among them stays: it is news.
    """
    alive: dict[str, LoggedCommit] = {}
    cancelled: dict[str, tuple[LoggedCommit, LoggedCommit]] = {}
    for commit in commits:
        told = revert_of(commit)
        target = _meant(told, alive, cancelled) if told else None
        if target is None:
            alive[commit.id] = commit
        elif target.id in cancelled:  # it brings back what a revert had taken
            alive[target.id] = cancelled.pop(target.id)[0]
        else:
            _cancel(target, commit, alive, cancelled)
    return [commit for commit in commits if commit.id in alive], list(cancelled.values())


def _meant(
    told: RevertOf, alive: dict[str, LoggedCommit], cancelled: dict[str, tuple[LoggedCommit, LoggedCommit]]
) -> LoggedCommit | None:
    """The commit that a revert speaks of: one that holds, or one whose own revert it reverts."""
    by_revert = {revert.id: first for first, revert in cancelled.values()}
    for known in ({key: pair[0] for key, pair in cancelled.items()} if told.again else alive), by_revert:
        for name in told.commits:
            if (found := next((one for key, one in known.items() if key.startswith(name)), None)) is not None:
                return found
        for number in told.pulls:
            if (found := next((one for one in reversed(known.values()) if pull_of(one) == number), None)) is not None:
                return found
    wanted = bare(told.subject)
    if not wanted:
        return None
    if told.again:
        return next((first for first, _ in reversed(cancelled.values()) if bare(first.subject) == wanted), None)
    quoted = next((first for first, revert in reversed(cancelled.values()) if bare(revert.subject) == wanted), None)
    return quoted or next((one for one in reversed(alive.values()) if bare(one.subject) == wanted), None)


def whole(
    commits: Sequence[LoggedCommit],
    alive: Sequence[LoggedCommit],
    cancelled: Sequence[tuple[LoggedCommit, LoggedCommit]],
    brought_in: Callable[[LoggedCommit], Collection[str]],
) -> list[LoggedCommit]:
    """Those of a range that hold as far as merges go.

    What a merge that was taken back had brought in is gone with it, and so is a merge that brought in nothing but
    what was taken back elsewhere, or what took it back.
    """
    partners = {one.id: other.id for pair in cancelled for one, other in (pair, pair[::-1])}
    gone = {one for first, _ in cancelled if first.is_merge for one in brought_in(first)}
    held = {commit.id for commit in alive} - gone
    here = {commit.id for commit in commits if not commit.is_merge}

    def is_nothing(merge: LoggedCommit) -> bool:
        brought = here & set(brought_in(merge))
        lost = brought - held
        return (
            bool(brought) and lost == brought and any(one in gone or partners.get(one) not in brought for one in lost)
        )

    return [one for one in alive if one.id in held and not (one.is_merge and is_nothing(one))]


def _cancel(
    target: LoggedCommit,
    revert: LoggedCommit,
    alive: dict[str, LoggedCommit],
    cancelled: dict[str, tuple[LoggedCommit, LoggedCommit]],
) -> None:
    alive.pop(target.id, None)
    cancelled[target.id] = (target, revert)
