"""A repository of this machine is fetched from and pushed to without what its configuration says."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from sandbox.errors import RepositoryError
from sandbox.git.repository import Repository
from sandbox.git.shown import shown
from tests.fakes.real_repository import commit, git, make_repository


@pytest.fixture
def source(tmp_path: Path) -> Path:
    make_repository(tmp_path / "source", {"a.txt": "a\n"})
    return tmp_path / "source"


@pytest.fixture
def mirror(tmp_path: Path) -> Repository:
    return Repository.mirror(tmp_path / "mirror.git")


def config_shown(source: Path) -> dict[str, str]:
    with shown(str(source)) as place:
        listed = git(source.parent, "config", "--file", f"{place}/config", "--list")
    return dict(line.split("=", 1) for line in listed.splitlines())


def documented_keys() -> list[str]:
    """Every key that this git knows; what stands for a name of one's own is `x`."""
    told = subprocess.run(["git", "help", "--config"], capture_output=True, text=True, check=True).stdout
    known = [line.strip() for line in told.splitlines()]
    return [re.sub(r"<[^>]*>|\*", "x", key) for key in known if re.fullmatch(r"[\w.*<>()-]+\.[\w*<>()-]+", key)]


def test_of_all_keys_that_git_knows_only_those_of_the_table_count(source: Path) -> None:
    keys = documented_keys()
    assert len(keys) > 500
    with (source / ".git/config").open("a") as file:
        for key in keys:
            section, _, name = key.rpartition(".")
            section, dot, sub = section.partition(".")
            if section not in ("include", "includeif", "extensions") and name.isalnum():
                file.write(f"[{section}{f' {chr(34)}{sub}{chr(34)}' if dot else ''}]\n\t{name} = true\n")
    before = {"core.repositoryformatversion", "core.bare"}
    assert set(config_shown(source)) - before == {
        "core.sharedrepository",
        "receive.denynonfastforwards",
        "receive.denydeletes",
        "receive.fsckobjects",
        "receive.shallowupdate",
        "transfer.fsckobjects",
        "uploadpack.allowfilter",
        "uploadpack.allowtipsha1inwant",
        "uploadpack.allowreachablesha1inwant",
        "uploadpack.allowanysha1inwant",
    } | {key for key in config_shown(source) if key in ("extensions.partialclone", "remote.lacking.promisor")}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("receive.denyDeletes", "true\n[core]\n\thooksPath = /x"),
        ("receive.fsckObjects", '"x"'),
        ("core.sharedRepository", "0666; x"),
        ("extensions.objectFormat", "sha1 # x"),
        ("uploadpack.allowFilter", "true = x"),
    ],
)
def test_a_value_of_another_form_does_not_count(source: Path, key: str, value: str) -> None:
    with (source / ".git/config").open("a") as file:
        section, _, name = key.partition(".")
        written = value.replace('"', '\\"').replace("\n", "\\n")
        file.write(f'[{section}]\n\t{name} = "{written}"\n')
    assert set(config_shown(source)) == {"core.repositoryformatversion", "core.bare"}


@pytest.mark.parametrize(
    "words",
    [
        ("receive.procReceiveRefs", "refs"),
        ("transfer.hideRefs", "refs"),
        ("receive.hideRefs", "refs"),
        ("uploadpack.hideRefs", "refs/heads"),
        ("receive.maxInputSize", "1"),
        ("receive.keepAlive", "no number"),
        ("transfer.unpackLimit", "none"),
        ("core.filesRefLockTimeout", "x"),
        ("uploadpack.blobPackfileUri", "x"),
        ("core.bare", "true"),
        ("core.worktree", "/"),
        ("include.path", "/dev/zero"),
        ("receive.certNonceSeed", "x"),
    ],
)
def test_what_would_make_a_source_unusable_is_not_in_force(
    source: Path, mirror: Repository, words: tuple[str, str]
) -> None:
    head = git(source, "rev-parse", "HEAD")
    with (source / ".git/config").open("a") as file:
        section, _, name = words[0].partition(".")
        file.write(f"[{section}]\n\t{name} = {words[1]}\n")
    mirror.fetch(str(source))
    assert mirror.resolve("main") == head
    mirror.push(str(source), head, "fix/x", expected=None)
    assert (source / ".git/refs/heads/fix/x").read_text().strip() == head


def test_neither_configurations_of_work_trees_nor_hooks_are_there(
    source: Path, mirror: Repository, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    git(source, "config", "extensions.worktreeConfig", "true")
    (source / ".git/config.worktree").write_text(f"[core]\n\thooksPath = {tmp_path}\n\tfsmonitor = touch {mark}\n")
    (tmp_path / "pre-receive").write_text(f"#!/bin/sh\ntouch {mark}\n")
    (tmp_path / "pre-receive").chmod(0o755)
    mirror.fetch(str(source))
    mirror.push(str(source), mirror.resolve("main"), "fix/x", expected=None)
    assert not mark.exists()
    with shown(str(source)) as place:
        assert sorted(os.listdir(place)) == sorted(
            ["HEAD", "config", "logs", "objects", "packed-refs", "refs", "shallow"]
        )


def test_a_linked_work_tree_a_bare_repository_and_packed_branches_are_served(
    source: Path, mirror: Repository, tmp_path: Path
) -> None:
    git(source, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    git(source, "branch", "old")
    git(source, "pack-refs", "--all")
    head = commit(tmp_path / "side", {"b.txt": "b\n"})
    mirror.fetch(str(tmp_path / "side"))
    assert mirror.resolve("side") == head
    mirror.push(str(tmp_path / "side"), head, "fix/x", expected=None)
    mirror.delete_branch(str(source), "old", mirror.resolve("old"))
    assert git(source, "branch", "--format=%(refname:short)").split() == ["fix/x", "main", "side"]
    git(tmp_path, "clone", "-q", "--bare", str(source), "bare.git")
    mirror.fetch(str(tmp_path / "bare.git"))
    mirror.push(str(tmp_path / "bare.git"), head, "fix/y", expected=None)


def test_a_branch_that_is_checked_out_somewhere_is_not_moved(source: Path, mirror: Repository, tmp_path: Path) -> None:
    git(source, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    was = git(source, "rev-parse", "HEAD")
    mirror.fetch(str(source))
    tree = mirror.tree_of(was)
    new = git(
        mirror.directory, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit-tree", "-p", was, "-m", "x", tree
    )
    for branch in ("main", "side"):
        with pytest.raises(RepositoryError, match="not accepted"):
            mirror.push(str(source), new, branch, expected=was)
        assert git(source, "rev-parse", branch) == was


def test_what_the_user_forbids_in_pushes_is_kept(source: Path, mirror: Repository) -> None:
    head = git(source, "rev-parse", "HEAD")
    git(source, "config", "receive.denyDeletes", "true")
    mirror.fetch(str(source))
    mirror.push(str(source), head, "fix/x", expected=None)
    with pytest.raises(RepositoryError, match="not accepted"):
        mirror.delete_branch(str(source), "fix/x", head)


@pytest.mark.parametrize("what", ["a pipe", "nothing", "no git directory", "a head of its own"])
def test_a_source_that_cannot_be_shown_is_refused_in_plain_words(
    tmp_path: Path, source: Path, mirror: Repository, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.git.shown.CONFIG_SECONDS", 1.0)
    if what == "a pipe":
        (source / ".git/config").unlink()
        os.mkfifo(source / ".git/config")
    elif what == "nothing":
        source = tmp_path / "nowhere"
    elif what == "no git directory":
        (source / ".git").rename(source / ".it")
    else:
        (source / ".git/HEAD").write_text("ref: ../../x\n")
    with pytest.raises(RepositoryError) as caught:
        mirror.fetch(str(source))
    assert caught.value.remedy
