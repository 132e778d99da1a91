"""A run's tree on the host: laid out from a commit, marked after every change, brought back to any mark.

    ROOT/RUN/tree      what the box sees, and the only part that it can write
    ROOT/RUN/home      the box's home
    ROOT/RUN/git       the host's own git data: objects of this run, the mirror's behind them
    ROOT/RUN/rules     copies of the tree's .gitignore files, for git to apply
    ROOT/RUN/staging   half-written files on their way in, removed ones on their way out

No git process ever runs on `tree`: it would obey what it finds there.
"""

from __future__ import annotations

import json
import os
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.errors import RepositoryError, TreeRefused
from sandbox.files.agent_files import TreeFiles
from sandbox.files.beneath import Below
from sandbox.files.erase import erase, erase_large
from sandbox.files.ignored import RULES_NAME, Rules
from sandbox.git.changes import compare, diff_text
from sandbox.git.objects import GITLINK, Listing, Objects, parse_listing
from sandbox.git.plumbing import Git
from sandbox.journal import FileChange, Ledger, Where
from sandbox.trees.marks import Marker, Survey, TreeBounds

if TYPE_CHECKING:
    from sandbox.git.repository import Repository

_LEFT_OUT = "left-out"
"""Holds the paths that a set-up made and no mark has."""
_ATTRIBUTES = "* -text !eol -ident !filter !working-tree-encoding\n"
"""Files are taken and given byte by byte, whatever the repository's own attributes ask for."""

_LISTINGS = 4
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Recorded:
    """What `record` found: the marks before and after, and the changes between them (none where they are equal)."""

    before: str
    after: str
    changes: tuple[FileChange, ...] = ()


def nobody(path: Path) -> None:
    """The tree stays ours: what `own` is where boxes run as the same user."""


class Workspace:
    """One run's tree. Blocking, and for one thread at a time."""

    def __init__(self, directory: Path, base: str, bounds: TreeBounds) -> None:
        self.directory = directory
        self.tree = directory / "tree"
        self.home = directory / "home"
        self.git = Git(directory / "git")
        self.base = base
        listed = self.git.run("ls-tree", "-r", "-t", "-z", "--full-tree", base)
        self.base_tree = self.git.text("rev-parse", f"{base}^{{tree}}")
        whole = parse_listing(listed)
        self._base_listing = {path: item for path, item in whole.items() if item[0] != "040000"}
        self.objects = Objects(self.git, {object_id for _, object_id in whole.values()} | {self.base_tree})
        rules = Rules(self.git, directory / "rules")
        self._marker = Marker(self.tree, self.objects, self._base_listing, rules, bounds)
        self._below = Below(self.tree, directory / "staging")
        self._listings: OrderedDict[str, Listing] = OrderedDict({self.base_tree: self._base_listing})
        self._last = self.base_tree
        self._left_out = _read_left_out(directory)
        self._marker.leave_out(self._left_out)

    @classmethod
    def open(
        cls,
        root: Path,
        run_id: str,
        repository: Repository,
        commit: str,
        *,
        own: Callable[[Path], None] = nobody,
        bounds: TreeBounds | None = None,
    ) -> Workspace:
        """The run's workspace under `root`: found as it is, or laid out from the commit.

        A half-made one is never seen: it is made under another name first. `own` is called with
        each directory that boxes write. RepositoryError where the found one has another base,
        TreeRefused where the commit holds what no mark takes in.
        """
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", run_id):
            raise ValueError(f"{run_id!r} is no run id")
        directory = root / run_id
        repository.pin(run_id, commit)
        found = _base_of(directory)
        if not found:
            _lay_out(directory, repository, commit, own)
        elif found != commit:
            raise RepositoryError(f"The workspace of run {run_id} was made from another commit than {commit}.")
        _point_at(directory / "git", repository)
        _tidy(directory / "staging")
        _tidy(directory / "rules")
        workspace = cls(directory, commit, bounds or TreeBounds())
        if not found:
            try:
                workspace._marker.believe()
            except TreeRefused:
                workspace.remove()  # the next try would take it for one that was found to be fit
                raise
        return workspace

    @property
    def files(self) -> TreeFiles:
        """The tree's files for the agent's tools."""
        return TreeFiles(self.tree, self.directory / "staging")

    @property
    def submodules(self) -> tuple[str, ...]:
        """Paths of the base's submodules: they stay empty directories, and their links as they are."""
        return tuple(path for path, (mode, _) in self._base_listing.items() if mode == GITLINK)

    def mark(self) -> str:
        """The tree object of the tree as it is now. TreeRefused names what the host does not take in."""
        return self._remember(self._marker.survey())

    def seen(self) -> dict[str, tuple[int, int]]:
        """What tells of each file whether it was written since, as the last mark or restore found it."""
        return self._marker.seen()

    @property
    def last(self) -> str:
        """The mark that `record` compares with: the last one that was recorded here."""
        return self._last

    def at(self, mark: str) -> None:
        """From here on, `record` compares with this mark (after reopening: the last one in the journal)."""
        self._last = mark

    def record(self, ledger: Ledger, where: Where) -> Recorded:
        """Mark the tree and write what changed since the last recorded mark into the journal, in one call."""
        before, after = self._last, self.mark()
        if before == after:
            return Recorded(before, after)
        changes = self.changes(before, after)
        wanted = list(dict.fromkeys(blob for change in changes for blob in _blobs(change)))
        known = ledger.known_blobs(wanted)
        missing = [blob for blob in wanted if blob not in known]
        ledger.append_files(where, before, after, changes, self.objects.read(missing))
        self._last = after
        return Recorded(before, after, tuple(changes))

    def changes(self, before: str, after: str) -> list[FileChange]:
        """What changed between two marks."""
        return compare(self.listing(before), self.listing(after))

    def diff(self, before: str, after: str) -> str:
        """Unified text between two marks."""
        return diff_text(self.git, before, after)

    def listing(self, mark: str) -> Listing:
        """The files of a mark. RepositoryError where its objects are not here (then rebuild from the journal)."""
        if mark not in self._listings:
            self._note(mark, self.objects.listing(mark))
        self._listings.move_to_end(mark)
        return self._listings[mark]

    def restore(self, mark: str) -> None:
        """Make the tree exactly that mark; what is ignored there stays. Works on whatever the box left behind.

        The journal is not told: `record` does that, as for any other change.
        """
        target = self.listing(mark)
        if again := _named_by(target, self._left_out):
            self.leave_out(self._left_out - again)
        for _ in range(_ROUNDS):
            found = self._marker.survey(strict=False)
            if found.tree == mark and not found.refused and not found.empty:
                return
            self._approach(found, target)
        raise TreeRefused("The tree could not be brought back; something keeps changing it.", "Stop what runs in it.")

    def surplus(self, mark: str, made: Sequence[str]) -> list[str]:
        """Those of the paths that `mark` does not have, and that nothing ignores."""
        listing = self.listing(mark)
        extra = [path for path in self._marker.survey(strict=False).listing if path not in listing]
        return [path for path in made if any(one == path or one.startswith(f"{path}/") for one in extra)]

    def leave_out(self, paths: Iterable[str]) -> None:
        """Keep what a set-up made in the tree, and out of every mark: neither restored away nor recorded.

        A path that a mark has is in it again as soon as the tree is brought to that mark.
        """
        self._left_out = frozenset(paths)
        self._marker.leave_out(self._left_out)
        (self.directory / _LEFT_OUT).write_text(json.dumps(sorted(self._left_out)))

    def borrow(self, other: Workspace) -> None:
        """Read the objects of another workspace too, so that this one can be brought to its marks."""
        with (self.directory / "git" / "objects" / "info" / "alternates").open("a") as alternates:
            alternates.write(f"{other.directory / 'git' / 'objects'}\n")

    def remove(self) -> None:
        """Take the whole workspace away, whatever is in it. Nothing where it is gone already."""
        take_away(self.directory)

    def _approach(self, found: Survey, target: Listing) -> None:
        """One round towards the target: away with what is too much, in with what is missing or other."""
        extra = [path for path in found.listing if path not in target]
        for path in [*found.refused, *extra]:
            self._below.discard(path)
        different = [path for path, item in target.items() if found.listing.get(path) != item or path in found.refused]
        self._make_way(different)
        blobs = {target[path][1] for path in different if target[path][0] != GITLINK}
        by_blob: dict[str, list[str]] = {}
        for path in different:
            if target[path][0] == GITLINK:
                self._below.make_directory(path)
            else:
                by_blob.setdefault(target[path][1], []).append(path)
        for blob, data in self.objects.read(sorted(blobs)):
            for path in by_blob[blob]:
                self._below.put(path, data, int(target[path][0], 8))
        for path in sorted({*found.empty, *(p.rpartition("/")[0] for p in extra)}, key=len, reverse=True):
            if path and path not in target:
                self._below.prune(path)
        if found.listing.keys() >= target.keys():
            return
        self._unhide([path for path in target if path not in found.listing], target)

    def _make_way(self, paths: list[str]) -> None:
        """Take away what stands where a file, or a directory above it, has to be."""
        seen: set[str] = set()
        for path in paths:
            parts = path.split("/")
            for length in range(1, len(parts)):
                above = "/".join(parts[:length])
                if above not in seen:
                    seen.add(above)
                    if not self._below.is_directory(above, missing=True):
                        self._below.discard(above)
            if self._below.is_directory(path, missing=False):
                self._below.discard(path)

    def _unhide(self, paths: list[str], target: Listing) -> None:
        """Take away rules that the target does not have and that ignore what it has."""
        above = {path[: index + 1] for path in paths for index, letter in enumerate(path) if letter == "/"}
        for directory in above:
            if directory + RULES_NAME not in target:
                self._below.discard(directory + RULES_NAME)

    def _remember(self, survey: Survey) -> str:
        self._note(survey.tree, survey.listing)
        return survey.tree

    def _note(self, mark: str, listing: Listing) -> None:
        self._listings[mark] = listing
        self._listings.move_to_end(mark)
        while len(self._listings) > _LISTINGS:
            self._listings.popitem(last=False)


def _named_by(target: Listing, paths: frozenset[str]) -> frozenset[str]:
    """Those of the paths that a listing has, or has something below or above."""
    if not paths:
        return paths
    above = {path[:at] for path in target for at, letter in enumerate(path) if letter == "/"}
    return frozenset(path for path in paths if path in target or path in above)


def _read_left_out(directory: Path) -> frozenset[str]:
    """As it was written; nothing where a power cut emptied it: then what lies there counts, which is told."""
    try:
        return frozenset(map(str, json.loads((directory / _LEFT_OUT).read_text())))
    except (FileNotFoundError, ValueError):
        return frozenset()


def _blobs(change: FileChange) -> Iterator[str]:
    for mode, blob in ((change.before_mode, change.before_blob), (change.after_mode, change.after_blob)):
        if blob and mode != GITLINK:
            yield blob


def _lay_out(directory: Path, repository: Repository, commit: str, own: Callable[[Path], None]) -> None:
    half = directory.with_name(f".half-{directory.name}")
    erase(half)
    take_away(directory)
    for name in ("tree", "home", "staging", "rules", "git/objects/info", "git/refs", "git/info"):
        (half / name).mkdir(parents=True)
    git = half / "git"
    (git / "HEAD").write_text("ref: refs/heads/none\n")
    (git / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n")
    (git / "info" / "attributes").write_text(_ATTRIBUTES)
    (git / "base").write_text(commit + "\n")
    _point_at(git, repository)
    work = {"GIT_WORK_TREE": str(half / "tree"), "GIT_INDEX_FILE": str(git / "index")}
    Git(git).run("read-tree", commit, env=work)
    Git(git).run("checkout-index", "--all", "--force", env=work, cwd=half / "tree")
    (git / "index").unlink()
    for name in ("tree", "home"):
        own(half / name)
    for name in ("git", "rules", "staging"):
        (half / name).chmod(0o700)
    half.chmod(0o711)
    half.rename(directory)


def _base_of(directory: Path) -> str:
    """The commit that the workspace was laid out from, "" where there is none or a power failure emptied it."""
    try:
        return (directory / "git" / "base").read_text().strip()
    except FileNotFoundError:
        return ""


def take_away(directory: Path) -> None:
    """Erase a workspace that need not be a whole one: out of sight at once, with what an earlier crash left of it."""
    gone = directory.with_name(f".gone-{directory.name}")
    erase_large(gone)
    if directory.exists():
        directory.rename(gone)
        erase_large(gone)


def _point_at(git: Path, repository: Repository) -> None:
    (git / "objects" / "info" / "alternates").write_text(f"{repository.objects}\n")


def _tidy(staging: Path) -> None:
    """Erase what a crash left half-way."""
    for left in os.scandir(staging):
        if left.is_dir(follow_symlinks=False):
            erase(Path(left.path))
        else:
            os.unlink(left.path)
