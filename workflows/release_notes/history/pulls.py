"""Which pull request each commit of a range belongs to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from workflows.release_notes.history.commits import LoggedCommit, backport_of, bare, picked_from, pull_of


@dataclass(frozen=True, slots=True)
class ReleasedChange:
    """One line of the notes: a pull request with its commits, or (`number` 0) a commit of its own."""

    number: int
    title: str
    commits: tuple[LoggedCommit, ...]
    backport: int = 0
    """The pull request that this one carries over."""

    @property
    def author(self) -> LoggedCommit:
        """Whose it is: the first of its commits that is no merge."""
        return next((one for one in self.commits if not one.is_merge), self.commits[0])


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was made and taken back: its title, and how both are cited ("#12", or ten digits of a commit)."""

    title: str
    key: str
    by: str


def taken_back(
    first: LoggedCommit, revert: LoggedCommit, strange: Collection[int] = (), owners: Mapping[str, int] | None = None
) -> TakenBack:
    """A commit and its revert, as the notes name them. `owners` are the pull requests whose merges brought them in."""
    keys = [_cited(commit, strange, owners or {}) for commit in (first, revert)]
    said = first.body.partition("\n")[0].strip() if first.is_merge else ""
    return TakenBack(said or bare(first.subject), *keys)


def _cited(commit: LoggedCommit, strange: Collection[int], owners: Mapping[str, int]) -> str:
    number = pull_of(commit)
    if number is None or number in strange:
        number = owners.get(commit.id)
    return commit.id[:10] if number is None else f"#{number}"


def owners_of(
    commits: Sequence[LoggedCommit], brought_in: Callable[[LoggedCommit], Collection[str]], strange: Collection[int]
) -> dict[str, int]:
    """The pull request whose merge brought each commit in, by the commit, the merge itself too."""
    owners: dict[str, int] = {}
    for merge in commits:
        if merge.is_merge and (number := pull_of(merge)) is not None and number not in strange:
            owners |= {one: owners.get(one, number) for one in (*brought_in(merge), merge.id)}
    return owners


def changes_of(
    commits: Sequence[LoggedCommit],
    brought_in: Callable[[LoggedCommit], Collection[str]],
    elsewhere: Mapping[str, int],
    titles: Mapping[int, str],
    strange: Collection[int] = (),
) -> list[ReleasedChange]:
    """The changes of a range, in the order in which they came to an end.

    `brought_in` gives a merge's commits, `elsewhere` the pull requests that are known for commits which say
    none themselves (by the forge, or by an equal patch), `titles` the forge's titles of pull requests. `strange` are
    numbers that commits name and that are no pull requests.
    """
    owners = owners_of(commits, brought_in, strange)
    known = {commit.id: owners.get(commit.id) or _own(commit, elsewhere, strange) for commit in commits}
    grouped: dict[str, list[LoggedCommit]] = {}
    for commit in commits:
        number = known[commit.id]
        if not number and commit.is_merge:
            continue  # a merge of one's own branches says nothing that its commits do not say
        key = f"#{number}" if number else commit.id
        grouped[key] = [*grouped.pop(key, []), commit]
    return [_change(group, known[group[0].id], titles) for group in grouped.values()]


def _own(commit: LoggedCommit, elsewhere: Mapping[str, int], strange: Collection[int]) -> int:
    number = pull_of(commit)
    if number is None or number in strange:
        number = next((elsewhere[one] for one in (commit.id, *picked_from(commit)) if one in elsewhere), None)
    backport = backport_of(commit) or 0
    return number or (0 if backport in strange else backport)


def _change(group: Sequence[LoggedCommit], number: int, titles: Mapping[int, str]) -> ReleasedChange:
    merge = next((one for one in group if one.is_merge and pull_of(one) == number), None)
    said = merge.body.partition("\n")[0].strip() if merge else ""
    spoken = next((one for one in reversed(group) if not one.is_merge), group[-1])
    carried = next((found for one in group if (found := backport_of(one)) not in (None, number)), 0)
    title = titles.get(number) or said or bare(spoken.subject)
    return ReleasedChange(number, title, tuple(group), carried or 0)
