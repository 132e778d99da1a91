"""Repositories that only the host writes: the user's own as a source, and a bare mirror of each.

This is the only module that uses GitPython, and only to read; everything that git has to do
itself goes through `sandbox.plumbing`, which decides what git may see and for how long.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import git

from sandbox.changes import diff_text
from sandbox.errors import RepositoryError, RollbackRefused, TransientError
from sandbox.plumbing import Git, GitFailed
from sandbox.remote import NETWORK_SECONDS, branch_head, check_url, foreign, move_branch, talk

_RUNS = "refs/pullwright/runs"
_MANY_PACKS = 20
_DAMAGED = re.compile(
    r"is corrupt|bad object|not a git repository|inflate|packfile .* (cannot|is far too short)|unable to read"
    r"|invalid sha1|missing blob|broken links|did not send all necessary objects|loose object .* \(stored in"
    r"|bad signature",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LocalSource:
    """A repository of the user's that work starts from: its top directory, current branch and commit.

    `user` is whom the user's own commits here are by, None where git does not know.
    """

    root: Path
    branch: str
    commit: str
    user: Person | None = None


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


def local_source(path: Path) -> LocalSource:
    """The repository at `path`, which is only read. RepositoryError says what makes it unusable, and the remedy."""
    if not path.exists():
        raise RepositoryError(f"{path} does not exist.", "Give the path of a git repository.")
    top = path.resolve()
    try:
        with git.Repo(top, search_parent_directories=True) as repo:
            _must_be_plain(path, top, repo)
            user = _user(repo)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        raise RepositoryError(f"{path} is not a git repository.", "Make it one: git init, then commit.") from None
    except (git.GitError, ValueError, OSError) as error:
        raise RepositoryError(f"{path} cannot be read: {error}.", "Check who may read it.") from None
    own = Git(top, trusting=True, found=True)
    branch, commit = _head(path, own)
    _must_be_clean(path, own)
    return LocalSource(top, branch, commit, user)


def _user(repo: git.Repo) -> Person | None:
    with repo.config_reader() as config:
        name, email = (str(config.get_value("user", key, "")).strip() for key in ("name", "email"))
    return Person(name, email) if name and email else None


def _must_be_plain(path: Path, top: Path, repo: git.Repo) -> None:
    if repo.bare:
        raise RepositoryError(f"{path} is a bare repository.", "Give a clone of it that has files.")
    root = Path(repo.working_tree_dir or top).resolve()
    if root != top:
        raise RepositoryError(f"{path} is inside of a repository, not its top.", f"Give {root} instead.")
    with repo.config_reader("repository") as config:
        if str(config.get_value("extensions", "objectformat", "sha1")).lower() != "sha1":
            raise RepositoryError(f"{path} uses SHA-256 object names.", "Only SHA-1 repositories are supported.")


def _head(path: Path, own: Git) -> tuple[str, str]:
    """Current branch and its commit, as git itself sees them (it may refuse another user's repository)."""
    try:
        ref = own.run("symbolic-ref", "--quiet", "HEAD", fine=(0, 1)).decode("utf-8", "surrogateescape").strip()
        commit = own.run("rev-parse", "--verify", "--quiet", "HEAD", fine=(0, 1)).decode().strip()
        if not commit:
            raise RepositoryError(f"{path} has no commit yet.", "Commit something first.")
        if not ref.startswith("refs/heads/"):
            raise RepositoryError(f"{path} is on no branch (detached HEAD).", "Check a branch out: git switch BRANCH")
        own.run("rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}")
    except GitFailed as error:
        if "dubious ownership" in error.stderr:
            raise foreign(str(path)) from None
        raise RepositoryError(f"{path} cannot be read: it is damaged.", "See what is wrong: git fsck") from None
    return ref.removeprefix("refs/heads/"), commit


def _must_be_clean(path: Path, own: Git) -> None:
    words = ("status", "--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=all", "--no-renames")
    dirty = [os.fsdecode(line[3:]) for line in own.run(*words).split(b"\0") if line]
    if dirty:
        named = ", ".join(dirty[:3]) + (f" and {len(dirty) - 3} more" if len(dirty) > 3 else "")
        raise RepositoryError(f"{path} has changes that are not committed: {named}.", "Commit or stash them first.")


class Repository:
    """A bare mirror on the host, shared by all runs of one repository. Safe from several processes at once."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.git = Git(directory)

    @classmethod
    def mirror(cls, directory: Path) -> Repository:
        """Open the mirror, or make it; one that git cannot open is put aside and made again."""
        mirror = cls(directory)
        if not mirror._is_sound():  # asked without the lock, which a fetch may hold for minutes
            with mirror.locked():
                if not mirror._is_sound():
                    mirror._make()
        return mirror

    @property
    def objects(self) -> Path:
        """Its object directory, for others to borrow from."""
        return self.directory / "objects"

    # --- from and to other places ---

    def fetch(
        self, url: str, env: Mapping[str, str] | None = None, *, tags: bool = False, blobless: bool = False
    ) -> None:
        """Make our branches those of `url`. A mirror found damaged on the way is made again, once."""
        check_url(url)
        with self.locked():
            try:
                self._fetch(url, env, tags, blobless)
            except GitFailed as error:
                if not _DAMAGED.search(error.stderr):
                    raise
                self._make()
                self._fetch(url, env, tags, blobless)

    def complete(self, commit: str, url: str, env: Mapping[str, str] | None = None) -> None:
        """Fetch the contents of the commit's files that a blobless fetch left out."""
        with self.locked():
            listed = self.git.text("rev-list", "--objects", "--missing=print", "--no-walk", commit)
            missing = [line[1:] for line in listed.splitlines() if line.startswith("?")]
            if missing:
                words = ("--no-tags", "--no-write-fetch-head", "--filter=blob:none", "--stdin", "origin")
                talk(self.git, "fetch", *words, url=url, env=env, stdin="\n".join(missing).encode())

    def fetch_commits(self, commits: Sequence[str], url: str, env: Mapping[str, str] | None = None) -> None:
        """Have commits that no branch of `url` may lead to any more, as long as it keeps them."""
        check_url(url)
        with self.locked():
            words = ("--no-tags", "--no-write-fetch-head", "--quiet", url, *commits)
            talk(self.git, "fetch", *words, url=url, env=env)

    def missing(self, ids: Sequence[str]) -> list[str]:
        """Those of `ids` that are not here."""
        listed = self.git.run("cat-file", "--batch-check", stdin="".join(f"{one}\n" for one in ids).encode())
        return [line.split()[0] for line in listed.decode("utf-8", "replace").splitlines() if line.endswith(" missing")]

    def branch_head(self, url: str, branch: str, env: Mapping[str, str] | None = None) -> str | None:
        """The commit that a branch of `url` points at, None where there is no such branch."""
        return branch_head(self.git, url, branch, env)

    def push(
        self, url: str, commit: str, branch: str, *, expected: str | None, env: Mapping[str, str] | None = None
    ) -> None:
        """Move a branch of `url` from `expected` (None: it must not exist) forward to `commit`.

        Pushing what is there already is success. RollbackRefused where the branch is elsewhere:
        it is never overwritten, and never moved to a commit that does not contain `expected`.
        """
        if expected is not None and not self.contains(commit, expected):
            raise RollbackRefused(
                f"{commit[:12]} does not contain {expected[:12]}, where {branch} is.", "Carry the change over to it."
            )
        move_branch(self.git, url, branch, commit, expected, env)

    def delete_branch(self, url: str, branch: str, expected: str, env: Mapping[str, str] | None = None) -> None:
        """Delete a branch that still points at `expected`; one that is gone is success. Else RollbackRefused."""
        move_branch(self.git, url, branch, None, expected, env)

    # --- commits and trees ---

    def resolve(self, ref: str) -> str:
        """The commit that a branch, tag or id names."""
        if "\n" in ref or "\0" in ref or ref.startswith("-"):
            raise RepositoryError(f"{ref!r} names no commit.")
        words = self.git.run(
            "cat-file", "--batch-check", stdin=f"{ref}^{{commit}}\n".encode("utf-8", "surrogateescape")
        )
        answer = words.decode("utf-8", "replace").split()
        if len(answer) != 3 or answer[1] != "commit":
            raise RepositoryError(f"There is no branch, tag or commit {ref!r}.", "Check its name.")
        return answer[0]

    def tree_of(self, commit: str) -> str:
        """The id of a commit's tree."""
        return self.git.text("rev-parse", "--verify", f"{self.resolve(commit)}^{{tree}}")

    def contains(self, commit: str, earlier: str) -> bool:
        """Whether `earlier` is `commit` or one of its ancestors (False too where we do not have it)."""
        try:
            return not self.git.run("rev-list", "--max-count=1", earlier, "--not", commit)
        except GitFailed:
            return False

    def commits(self, commit: str, without: Sequence[str] = ()) -> list[str]:
        """The commits that `commit` has in its history and none of `without` has, newest first."""
        return self.git.text("rev-list", commit, "--not", *without).split()

    def files(self, treeish: str) -> list[TreeFile]:
        """All files of a tree or commit, submodules too. Sizes need the contents (see `complete`)."""
        found: list[TreeFile] = []
        for line in self.git.run("ls-tree", "-r", "-l", "-z", "--full-tree", treeish).split(b"\0"):
            if line:
                facts, path = line.split(b"\t", 1)
                mode, _, blob, size = facts.decode().split()
                found.append(TreeFile(os.fsdecode(path), mode, blob, 0 if size == "-" else int(size)))
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
        self, tree: str, parents: Sequence[str], message: str, *, author: Person, committer: Person, when: int
    ) -> str:
        """The commit of these facts: the same facts give the same commit, so a repeated step makes it again."""
        date = f"@{when} +0000"
        env = {"GIT_AUTHOR_NAME": author.name, "GIT_AUTHOR_EMAIL": author.email, "GIT_AUTHOR_DATE": date}
        env |= {"GIT_COMMITTER_NAME": committer.name, "GIT_COMMITTER_EMAIL": committer.email}
        env |= {"GIT_COMMITTER_DATE": date}
        words = [word for parent in parents for word in ("-p", parent)]
        made = self.git.run("commit-tree", tree, *words, stdin=message.encode("utf-8", "surrogateescape"), env=env)
        return made.decode().strip()

    def import_objects(self, objects: Path) -> None:
        """Take in the loose objects of a workspace, so that a mark's tree can be committed here."""
        for path in objects.glob("[0-9a-f][0-9a-f]/*"):
            target = self.objects / path.parent.name / path.name
            if len(path.name) == 38 and not target.exists():
                target.parent.mkdir(exist_ok=True)
                half = target.with_name(f"half-{os.getpid()}-{path.name}")
                shutil.copyfile(path, half)
                half.chmod(0o444)
                half.replace(target)

    def replay(self, base: str, commit: str, onto: str) -> Replayed:
        """What `base`..`commit` changed, merged into `onto`: a tree to commit, or the conflicting paths."""
        # The merge base is found from history, so history is written that says just this.
        nobody = Person("replay", "replay@localhost")
        root = self.write_commit(self.tree_of(base), [], "base", author=nobody, committer=nobody, when=0)
        ours = self.write_commit(self.tree_of(onto), [root], "onto", author=nobody, committer=nobody, when=1)
        theirs = self.write_commit(self.tree_of(commit), [root], "change", author=nobody, committer=nobody, when=2)
        words = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
        tree, *conflicts = self.git.run(*words, fine=(0, 1)).decode("utf-8", "surrogateescape").split("\0")
        return Replayed(tree, tuple(dict.fromkeys(path for path in conflicts if path)))

    # --- keeping ---

    def pin(self, run_id: str, commit: str) -> None:
        """Keep the commit and all that it holds for as long as the run needs it."""
        self.git.run("update-ref", f"{_RUNS}/{run_id}", commit)

    def unpin(self, run_id: str) -> None:
        self.git.run("update-ref", "-d", f"{_RUNS}/{run_id}")

    def pinned(self) -> dict[str, str]:
        """Run ids and the commits kept for them."""
        listed = self.git.text("for-each-ref", "--format=%(refname) %(objectname)", _RUNS)
        pairs = (line.split(" ") for line in listed.splitlines())
        return {name.removeprefix(_RUNS + "/"): commit for name, commit in pairs}

    def housekeeping(self, seconds: float = NETWORK_SECONDS) -> None:
        """Pack what is loose, and drop what nothing has needed for three months; pinned commits stay.

        TransientError where others have the mirror for `seconds`.
        """
        with self.locked(seconds):
            # Each fetch leaves a pack; what no ref holds any more comes out of them loose, and as old as they are.
            every = ("-A",) if len(list(self.objects.glob("pack/*.pack"))) > _MANY_PACKS else ()
            self.git.run("repack", *every, "-d", "-l", "-q", seconds=NETWORK_SECONDS)
            self.git.run("prune", "--expire=3.months.ago", seconds=NETWORK_SECONDS)
            self.git.run("pack-refs", "--all")

    # --- below ---

    def _fetch(self, url: str, env: Mapping[str, str] | None, tags: bool, blobless: bool) -> None:
        self.git.run("config", "remote.origin.url", url)
        if blobless:
            self.git.run("config", "remote.origin.promisor", "true")
            self.git.run("config", "remote.origin.partialclonefilter", "blob:none")
        words = ["--prune", "--no-tags", "--no-write-fetch-head", "--update-shallow", "--force", "--quiet"]
        words += ["--filter=blob:none"] if blobless else []
        refs = ["+refs/heads/*:refs/heads/*"] + (["+refs/tags/*:refs/tags/*"] if tags else [])
        talk(self.git, "fetch", *words, "origin", *refs, url=url, env=env)

    def _is_sound(self) -> bool:
        try:
            return self.git.text("rev-parse", "--is-bare-repository") == "true" and self.objects.is_dir()
        except GitFailed:
            return False

    def _make(self) -> None:
        """An empty mirror in place of whatever is there (which is put aside, for a person to look at)."""
        if self.directory.exists():
            self.directory.rename(self.directory.with_name(f"{self.directory.name}.damaged-{time.time_ns()}"))
        half = self.directory.with_name(f".half-{self.directory.name}")
        shutil.rmtree(half, ignore_errors=True)
        Git(half).run("init", "--bare", "--quiet", "--template=", "--initial-branch=none", str(half))
        (half / "config").write_text(
            "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\thooksPath = /dev/null\n[gc]\n\tauto = 0\n"
        )
        half.rename(self.directory)

    @contextmanager
    def locked(self, seconds: float = NETWORK_SECONDS) -> Iterator[None]:
        """Ours alone among all processes of the machine; let go of by the kernel when we die."""
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        with self.directory.with_name(f"{self.directory.name}.lock").open("w") as file:
            deadline = time.monotonic() + seconds
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise TransientError(f"{self.directory.name} is busy in another process.") from None
                    time.sleep(0.05)
            yield
