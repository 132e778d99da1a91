"""Commits and trees of a bare repository on the host, read and written without a work tree."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import RepositoryError
from sandbox.git.changes import diff_text
from sandbox.git.plumbing import Garbled, Git, GitFailed, object_id, records


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One file of a tree; `size` in bytes, 0 for a submodule."""

    path: str
    mode: str
    blob: str
    size: int


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote or committed something."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """Changes carried over to another commit: the tree, or the paths that are in conflict."""

    tree: str
    conflicts: tuple[str, ...] = ()


class History:
    """What a bare repository holds. Nothing here moves a branch, or talks to another machine."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.git = Git(directory)

    def tags(self, merged: str = "") -> list[str]:
        """The names of all tags; with `merged` only of those that this commit holds."""
        listed = self.git.run("tag", *(["--merged", merged] if merged else ["--list"]))
        return [line.decode("utf-8", "replace") for line in records("tag", listed, b"\n")]

    def resolve(self, ref: str) -> str:
        """The commit that a branch, tag or id names."""
        if "\n" in ref or "\0" in ref or ref.startswith("-"):
            raise RepositoryError(f"{ref!r} names no commit.")
        words = self.git.run(
            "cat-file", "--batch-check", stdin=f"{ref}^{{commit}}\n".encode("utf-8", "surrogateescape")
        )
        if words.endswith((b" missing\n", b" ambiguous\n")):
            raise RepositoryError(f"There is no branch, tag or commit {ref!r}.", "Check its name.")
        match = re.fullmatch(rb"([0-9a-f]{40}) commit \d+\n", words)
        if match is None:
            raise Garbled("cat-file")
        return match[1].decode()

    def tree_of(self, commit: str) -> str:
        """The id of a commit's tree."""
        return object_id("rev-parse", self.git.run("rev-parse", "--verify", f"{self.resolve(commit)}^{{tree}}"))

    def contains(self, commit: str, earlier: str) -> bool:
        """Whether `earlier` is `commit` or one of its ancestors (False too where we do not have it)."""
        try:
            return not self.git.run("rev-list", "--max-count=1", earlier, "--not", commit)
        except GitFailed:
            return False

    def commits(self, commit: str, without: Sequence[str] = ()) -> list[str]:
        """The commits that `commit` has in its history and none of `without` has, newest first."""
        listed = self.git.run("rev-list", commit, "--not", *without)
        return [object_id("rev-list", line) for line in records("rev-list", listed, b"\n")]

    def parents(self, commit: str) -> list[str]:
        """The commits that a commit comes after."""
        listed = self.git.run("rev-list", "--parents", "--max-count=1", commit).split()
        return [object_id("rev-list", one) for one in listed[1:]]

    def message(self, commit: str) -> str:
        """A commit's message as it was written."""
        raw = self.git.run("cat-file", "commit", commit)
        return raw.partition(b"\n\n")[2].decode("utf-8", "surrogateescape")

    def merge_base(self, one: str, other: str) -> str:
        """The newest commit that both have in their history, "" where there is none."""
        return self.git.run("merge-base", one, other, fine=(0, 1)).decode().strip()

    def files(self, treeish: str) -> list[TreeFile]:
        """All files of a tree or commit, submodules too. Sizes need the contents (see `complete`)."""
        found: list[TreeFile] = []
        for line in records("ls-tree", self.git.run("ls-tree", "-r", "-l", "-z", "--full-tree", treeish)):
            match = _FILE.fullmatch(line)
            if match is None:
                raise Garbled("ls-tree")
            mode, blob, size = (part.decode() for part in match.groups()[:3])
            found.append(TreeFile(os.fsdecode(match[4]), mode, blob, 0 if size == "-" else int(size)))
        return found

    def read_blob(self, blob: str) -> bytes:
        return next(iter(self.read_blobs([blob])))[1]

    def read_blobs(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Each blob's id and bytes, in order, from one process."""
        return self.git.contents(blobs)

    def diff(self, before: str, after: str) -> str:
        """Unified text between two trees or commits."""
        return diff_text(self.git, before, after)

    def write_commit(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        *,
        author: Person,
        committer: Person,
        when: int,
        key: Path | None = None,
    ) -> str:
        """The commit of these facts: the same facts give the same commit, so a repeated step makes it again.

        With `key`, an SSH key of a kind whose signatures are always the same (ed25519, RSA), it is signed.
        """
        date = f"@{when} +0000"
        env = {"GIT_AUTHOR_NAME": author.name, "GIT_AUTHOR_EMAIL": author.email, "GIT_AUTHOR_DATE": date}
        env |= {"GIT_COMMITTER_NAME": committer.name, "GIT_COMMITTER_EMAIL": committer.email}
        env |= {"GIT_COMMITTER_DATE": date}
        words = [word for parent in parents for word in ("-p", parent)]
        if key is not None:
            env |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "gpg.format", "GIT_CONFIG_VALUE_0": "ssh"}
            words.append(f"-S{key}")
        made = self.git.run("commit-tree", tree, *words, stdin=message.encode("utf-8", "surrogateescape"), env=env)
        return object_id("commit-tree", made)

    def replay(self, base: str, commit: str, onto: str) -> Replayed:
        """What `base`..`commit` changed, merged into `onto`: a tree to commit, or the conflicting paths."""
        # The merge base is found from history, so history is written that says just this.
        nobody = Person("replay", "replay@localhost")
        root = self.write_commit(self.tree_of(base), [], "base", author=nobody, committer=nobody, when=0)
        ours = self.write_commit(self.tree_of(onto), [root], "onto", author=nobody, committer=nobody, when=1)
        theirs = self.write_commit(self.tree_of(commit), [root], "change", author=nobody, committer=nobody, when=2)
        words = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
        tree, *conflicts = records("merge-tree", self.git.run(*words, fine=(0, 1))) or [b""]
        return Replayed(
            object_id("merge-tree", tree), tuple(dict.fromkeys(os.fsdecode(path) for path in conflicts if path))
        )

    def missing(self, ids: Sequence[str]) -> list[str]:
        """Those of `ids` that are not here."""
        listed = self.git.run("cat-file", "--batch-check", stdin="".join(f"{one}\n" for one in ids).encode())
        answers = records("cat-file", listed, b"\n")
        if len(answers) != len(ids):
            raise Garbled("cat-file")
        gone = [answer.endswith(b" missing") for answer in answers]
        if not all(lost or _HELD.fullmatch(answer) for lost, answer in zip(gone, answers, strict=True)):
            raise Garbled("cat-file")
        return [one for one, lost in zip(ids, gone, strict=True) if lost]


_FILE = re.compile(rb"(\d{6}) (?:blob|tree|commit) ([0-9a-f]{40}) +(\d{1,15}|-)\t(.+)", re.DOTALL)
_HELD = re.compile(rb"[0-9a-f]{40} \w+ \d+")
