"""Repositories that only the host writes: the user's own as a source, and a bare mirror of each.

This is the only module that uses GitPython, and only to read; everything that git has to do
itself goes through `sandbox.git.plumbing`, which decides what git may see and for how long.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.errors import RepositoryError, RollbackRefused, TransientError
from sandbox.git.history import History, Person
from sandbox.git.own_tree import uncommitted
from sandbox.git.plumbing import Git, GitFailed, object_id, records
from sandbox.git.remote import NETWORK_SECONDS, branch_head, branch_heads, check_url, foreign, move_branch, ref_at, talk
from sandbox.git.tags import nearest

if TYPE_CHECKING:
    import git

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


_CONFIG_SECONDS = 10.0


def local_source(path: Path) -> LocalSource:
    """The repository at `path`, which is only read. RepositoryError says what makes it unusable, and the remedy."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise RepositoryError(f"{path} does not exist.", "Give the path of a git repository.") from None
    except OSError as error:
        raise RepositoryError(f"{path} cannot be read: {error.strerror}.", "Check who may read it.") from None
    import git  # a server, whose repositories are all on a forge, never comes here

    top = path.resolve()
    own = Git(top, trusting=True, found=True)
    _must_answer(path, top, own)
    try:
        with git.Repo(top, search_parent_directories=True) as repo:
            _must_be_plain(path, top, repo)
            user = _user(repo)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        raise RepositoryError(f"{path} is not a git repository.", "Make it one: git init, then commit.") from None
    except (git.GitError, ValueError, OSError) as error:
        raise RepositoryError(f"{path} cannot be read: {error}.", "Check who may read it.") from None
    branch, commit = _head(path, own)
    _must_be_clean(path, uncommitted(top, commit, own))
    return LocalSource(top, branch, commit, user)


def _must_answer(path: Path, top: Path, own: Git) -> None:
    """GitPython reads a configuration, and what it includes, without a time limit: git is asked first."""
    if not (top / ".git").exists():
        return
    try:
        own.run("config", "--list", "--name-only", fine=(0, 1, 128), seconds=_CONFIG_SECONDS)
    except TransientError:
        raise RepositoryError(
            f"{path} cannot be read: its configuration does not end.", "See what .git/config is, and what it includes."
        ) from None


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
        object_id("rev-parse", commit)
        if not ref.startswith("refs/heads/"):
            raise RepositoryError(f"{path} is on no branch (detached HEAD).", "Check a branch out: git switch BRANCH")
        own.run("rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}")
    except GitFailed as error:
        if "dubious ownership" in error.stderr:
            raise foreign(str(path)) from None
        raise RepositoryError(f"{path} cannot be read: it is damaged.", "See what is wrong: git fsck") from None
    return ref.removeprefix("refs/heads/"), commit


def _must_be_clean(path: Path, dirty: list[str]) -> None:
    if dirty:
        named = ", ".join(dirty[:3]) + (f" and {len(dirty) - 3} more" if len(dirty) > 3 else "")
        raise RepositoryError(f"{path} has changes that are not committed: {named}.", "Commit or stash them first.")


class Repository(History):
    """A bare mirror on the host, shared by all runs of one repository. Safe from several processes at once."""

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
        self,
        url: str,
        env: Mapping[str, str] | None = None,
        *,
        tags: bool = False,
        blobless: bool = False,
        pulls: bool = False,
    ) -> None:
        """Make our branches those of `url`, with its `tags` and the heads of its pull requests (`pulls`) where asked.

        A mirror found damaged on the way is made again, once.
        """
        more = ["+refs/tags/*:refs/tags/*"] if tags else []
        more += ["+refs/pull/*/head:refs/pull/*/head"] if pulls else []
        check_url(url)
        with self.locked():
            try:
                self._fetch(url, env, more, blobless)
            except GitFailed as error:
                if not _DAMAGED.search(error.stderr):
                    raise
                self._make()
                self._fetch(url, env, more, blobless)

    def complete(self, commit: str, url: str, env: Mapping[str, str] | None = None) -> None:
        """Fetch the contents of the commit's files that a blobless fetch left out."""
        with self.locked():
            listed = self.git.run("rev-list", "--objects", "--missing=print", "--no-walk", commit)
            lost = (line[1:] for line in records("rev-list", listed, b"\n") if line.startswith(b"?"))
            missing = [object_id("rev-list", line) for line in lost]
            if missing:
                words = ("--no-tags", "--no-write-fetch-head", "--filter=blob:none", "--stdin", "origin")
                talk(self.git, "fetch", *words, url=url, env=env, stdin="\n".join(missing).encode())

    def fetch_commits(self, commits: Sequence[str], url: str, env: Mapping[str, str] | None = None) -> None:
        """Have commits that no branch of `url` may lead to any more, as long as it keeps them."""
        check_url(url)
        with self.locked():
            words = ("--no-tags", "--no-write-fetch-head", "--quiet", url, *commits)
            talk(self.git, "fetch", *words, url=url, env=env)

    def nearest_tag(self, commit: str, url: str, env: Mapping[str, str] | None = None) -> tuple[str, int]:
        """The tag of `url` that a commit comes after, and the commits since; ("", 0) for none."""
        return nearest(self.git, commit, url, env)

    def branch_head(self, url: str, branch: str, env: Mapping[str, str] | None = None) -> str | None:
        """The commit that a branch of `url` points at, None where there is no such branch."""
        return branch_head(self.git, url, branch, env)

    def has_tag(self, url: str, tag: str, env: Mapping[str, str] | None = None) -> bool:
        """Whether `url` has a tag of that name now."""
        return ref_at(self.git, url, f"refs/tags/{tag}", env) is not None

    def branches(self, url: str, env: Mapping[str, str] | None = None) -> dict[str, str]:
        """All branches of `url`, by name, with the commits that they point at."""
        return branch_heads(self.git, url, env)

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

    def restart(
        self, url: str, commit: str, branch: str, *, expected: str, env: Mapping[str, str] | None = None
    ) -> None:
        """Put a branch of `url` that is at `expected` to `commit`, though that may lack what it holds.

        For a branch that holds nothing but our own; RollbackRefused where it is elsewhere.
        """
        move_branch(self.git, url, branch, commit, expected, env)

    def delete_branch(self, url: str, branch: str, expected: str, env: Mapping[str, str] | None = None) -> None:
        """Delete a branch that still points at `expected`; one that is gone is success. Else RollbackRefused."""
        move_branch(self.git, url, branch, None, expected, env)

    # --- keeping ---

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

    def pin(self, run_id: str, commit: str) -> None:
        """Keep the commit and all that it holds for as long as the run needs it."""
        self.git.run("update-ref", f"{_RUNS}/{run_id}", commit)

    def unpin(self, run_id: str) -> None:
        self.git.run("update-ref", "-d", f"{_RUNS}/{run_id}")

    def pinned(self) -> dict[str, str]:
        """Run ids and the commits kept for them."""
        listed = self.git.run("for-each-ref", "--format=%(refname) %(objectname)", _RUNS)
        pairs = (line.rpartition(b" ") for line in records("for-each-ref", listed, b"\n"))
        return {os.fsdecode(name).removeprefix(_RUNS + "/"): object_id("for-each-ref", id_) for name, _, id_ in pairs}

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

    def _fetch(self, url: str, env: Mapping[str, str] | None, more: Sequence[str], blobless: bool) -> None:
        self.git.run("config", "remote.origin.url", url)
        if blobless:
            self.git.run("config", "remote.origin.promisor", "true")
            self.git.run("config", "remote.origin.partialclonefilter", "blob:none")
        words = ["--prune", "--no-tags", "--no-write-fetch-head", "--update-shallow", "--force", "--quiet"]
        words += ["--filter=blob:none"] if blobless else []
        talk(self.git, "fetch", *words, "origin", "+refs/heads/*:refs/heads/*", *more, url=url, env=env)

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
