"""Speaking with other repositories: reading their branches, and moving one only from where it is expected to be."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.errors import RepositoryError, RollbackRefused
from sandbox.git.plumbing import NO_WAY_OUT, Garbled, Git, GitFailed, object_id, records
from sandbox.git.refusals import refusal
from sandbox.git.shown import shown

NETWORK_SECONDS = 900.0
"""How long a fetch or a push may take."""

_NO_SUCH_REF = 2
"""How `ls-remote --exit-code` ends where nothing matches; what goes wrong ends otherwise."""

Env = Mapping[str, str]
"""Credentials for one git process; the values are secrets."""

_QUIET = (
    f"{' '.join(f'{name}={value}' for name, value in NO_WAY_OUT.items())} git"
    " -c core.hooksPath=/dev/null -c gc.auto=0 -c receive.autogc=false -c maintenance.auto=false"
    " -c receive.denyCurrentBranch=refuse -c receive.denyDeleteCurrent=refuse"
    " -c core.fsmonitor=false -c core.alternateRefsCommand=:"
)
"""The other side of a local repository: it is the user's, and nothing but the branch is to happen there.

No program that its configuration names is to run either; `:` is the shell's nothing."""


def talk(git: Git, command: str, *args: str, url: str, env: Env | None, stdin: bytes = b"") -> bytes:
    """A git command that speaks with `url`. A repository of this machine is one that git sees only as we show it."""
    if "://" in url and not url.startswith("file://"):
        return git.run(command, *args, stdin=stdin, env=env, seconds=NETWORK_SECONDS)
    side = "receive-pack" if command == "push" else "upload-pack"
    with shown(url) as place:
        there = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.{place}.insteadOf", "GIT_CONFIG_VALUE_0": url}
        words = (f"--{side}={_QUIET} {side}", *args)
        return git.run(command, *words, stdin=stdin, env={**(env or {}), **there}, seconds=NETWORK_SECONDS)


def branch_head(git: Git, url: str, branch: str, env: Env | None) -> str | None:
    """The commit that a branch of `url` points at, None where there is no such branch."""
    return ref_at(git, url, f"refs/heads/{branch}", env)


def ref_at(git: Git, url: str, ref: str, env: Env | None) -> str | None:
    """The object that a ref of `url` names, given in full; None where there is no such ref."""
    check_url(url)
    try:
        listed = talk(git, "ls-remote", "--refs", "--exit-code", url, ref, url=url, env=env)
    except GitFailed as error:
        if error.status == _NO_SUCH_REF:
            return None
        raise
    return head_in(listed, ref)


def branch_heads(git: Git, url: str, env: Env | None) -> dict[str, str]:
    """The commits that the branches of `url` point at, by name."""
    check_url(url)
    listed = talk(git, "ls-remote", "--refs", "--heads", url, url=url, env=env)
    found: dict[str, str] = {}
    for line in records("ls-remote", listed, b"\n"):
        commit, tab, name = line.partition(b"\t")
        if not tab or not name.startswith(b"refs/heads/"):
            raise Garbled("ls-remote")
        found[name.decode("utf-8", "surrogateescape").removeprefix("refs/heads/")] = object_id("ls-remote", commit)
    return found


def head_in(listed: bytes, ref: str) -> str | None:
    """The commit of a ref in what `ls-remote --exit-code` printed with success: something, so an empty answer is none.

    None where other refs match the name alone.
    """
    lines = records("ls-remote", listed, b"\n")
    if not lines:
        raise Garbled("ls-remote")
    heads: dict[str, str] = {}
    for line in lines:
        commit, tab, name = line.partition(b"\t")
        if not tab or not name:
            raise Garbled("ls-remote")
        heads[name.decode("utf-8", "surrogateescape")] = object_id("ls-remote", commit)
    return heads.get(ref)


def move_branch(git: Git, url: str, branch: str, commit: str | None, expected: str | None, env: Env | None) -> None:
    """Make a branch of `url` that is at `expected` (None: absent) be at `commit` (None: absent).

    Being there already is success; RollbackRefused where it is anywhere else, PushRefused where the other side
    says why it does not take it. That `commit`
    contains `expected` is the caller's to know: the lease compares and moves in one act, and
    would let commits be dropped.
    """
    _check_branch(git, branch)
    if branch_head(git, url, branch, env) == commit:
        return
    ref = f"refs/heads/{branch}"
    lease = f"--force-with-lease={ref}:{expected or ''}"
    try:
        talk(git, "push", "--no-verify", "--porcelain", lease, url, f"{commit or ''}:{ref}", url=url, env=env)
    except GitFailed as error:
        head = branch_head(git, url, branch, env)
        if head == commit:
            return
        if head == expected:
            raise refusal(branch, error.stdout, error.stderr) from None
        where = f"is at {head[:12]}" if head else "does not exist"
        left = f"{expected[:12]} was expected" if expected else "it was not expected to exist"
        raise RollbackRefused(
            f"Branch {branch} {where}; {left}.", "Somebody else changed it, so it is left as it is."
        ) from None


def check_url(url: str) -> None:
    """RepositoryError where an address would run a program, pass for an option, or shows a password."""
    if re.match(r"\w+://[^/]*:[^/]*@", url):
        raise RepositoryError("The repository's address holds a password.", "Give credentials apart from the address.")
    if url.startswith("-") or re.match(r"\w+::", url):
        raise RepositoryError(f"{url!r} is no address of a repository.")


def foreign(place: str) -> RepositoryError:
    """What to say where git does not trust a repository since it is another user's."""
    return RepositoryError(
        f"{place} belongs to another user, and git does not use it for us.",
        f"Allow it: git config --global --add safe.directory {place}",
    )


def _check_branch(git: Git, branch: str) -> None:
    try:
        git.run("check-ref-format", "--branch", branch)
    except GitFailed:
        raise RepositoryError(f"{branch!r} cannot be a branch's name.") from None
