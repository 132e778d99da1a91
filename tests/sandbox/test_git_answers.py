"""Answers of git that are cut off or are none: an error that says so, and never that something is not there."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from sandbox.errors import NoRoom, RepositoryError, TransientError
from sandbox.git.history import History, Person
from sandbox.git.objects import parse_listing
from sandbox.git.plumbing import Garbled, Git
from sandbox.git.remote import branch_head, head_in
from sandbox.git.repository import Repository
from tests.fakes.mutations import damaged
from tests.fakes.real_repository import git, make_repository

FILES: dict[str, str | bytes] = {"a.txt": "a\n", "d/\u00e9 b\n.txt": "b\n", "e": b"\0\n\n"}
ID = re.compile("[0-9a-f]{40}")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("answers") / "r"
    make_repository(folder, FILES)
    return folder / ".git"


class Saying(Git):
    """git that ran, and whose output became something else on the way."""

    said: bytes = b""

    def run(self, *args: str, **_: object) -> bytes:  # type: ignore[override]
        return Saying.said


def said(place: Path, *args: str, stdin: bytes = b"") -> bytes:
    return Git(place).run(*args, stdin=stdin)


def saying(place: Path, words: bytes) -> Repository:
    found = Repository(place)
    found.git = Saying(place)
    Saying.said = words
    return found


def _committed(found: History, tree: str) -> str:
    who = Person("Ada", "ada@example.org")
    return found.write_commit(tree, [], "words", author=who, committer=who, when=0)


READERS: dict[str, tuple[tuple[str, ...], Callable[[History, str], object]]] = {
    "write_commit": (("rev-parse", "HEAD"), lambda found, head: _committed(found, head)),
    "files": (("ls-tree", "-r", "-l", "-z", "--full-tree", "HEAD"), lambda found, head: found.files(head)),
    "commits": (("rev-list", "HEAD"), lambda found, head: found.commits(head)),
}


@pytest.mark.parametrize("name", READERS)
def test_an_answer_that_is_cut_within_a_record_is_told_as_such(place: Path, name: str) -> None:
    words, read = READERS[name]
    head = git(place.parent, "rev-parse", "HEAD")
    whole = said(place, *words)
    full = read(saying(place, whole), head)
    assert full
    for at in range(1, len(whole)):
        try:
            found = read(saying(place, whole[:at]), head)
        except Garbled:
            continue
        assert found, at
        assert whole[at - 1 : at] in (b"\0", b"\n") or found == full, "only whole records are read"


def test_a_commit_whose_answer_is_cut_off_is_not_said_to_be_missing(place: Path) -> None:
    head = git(place.parent, "rev-parse", "HEAD")
    whole = said(place, "cat-file", "--batch-check", stdin=b"main^{commit}\n")
    assert saying(place, whole).resolve("main") == head
    for at in range(len(whole)):
        with pytest.raises(Garbled):
            saying(place, whole[:at]).resolve("main")
    lost = said(place, "cat-file", "--batch-check", stdin=b"nothing^{commit}\n")
    with pytest.raises(RepositoryError, match="There is no branch"):
        saying(place, lost).resolve("nothing")
    for at in range(len(lost)):
        with pytest.raises(Garbled):
            saying(place, lost[:at]).resolve("nothing")


def test_what_is_missing_is_only_what_git_says_of_each(place: Path) -> None:
    head, none = git(place.parent, "rev-parse", "HEAD"), "1" * 40
    whole = said(place, "cat-file", "--batch-check", stdin=f"{head}\n{none}\n".encode())
    assert saying(place, whole).missing([head, none]) == [none]
    for at in range(len(whole)):
        with pytest.raises(Garbled):
            saying(place, whole[:at]).missing([head, none])


def test_a_branch_elsewhere_is_gone_only_where_git_says_so(place: Path) -> None:
    url = str(place.parent)
    head = git(place.parent, "rev-parse", "HEAD")
    assert branch_head(Git(place), url, "main", None) == head
    assert branch_head(Git(place), url, "none", None) is None
    whole = said(place, "ls-remote", "--refs", url, "refs/heads/main")
    assert head_in(whole, "refs/heads/main") == head
    for at in range(len(whole)):
        with pytest.raises(Garbled):
            head_in(whole[:at], "refs/heads/main")


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(damaged(b"100644 blob " + b"1" * 40 + b"\ta.txt\x00120000 blob " + b"2" * 40 + b"\td/e\n\x00"))
def test_any_listing_is_read_or_garbled(raw: bytes) -> None:
    try:
        listing = parse_listing(raw)
    except Garbled:
        return
    assert all(ID.fullmatch(one) and path for path, (_, one) in listing.items())


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(damaged(b"1" * 40 + b"\trefs/heads/main\n" + b"2" * 40 + b"\trefs/heads/x/main\n"))
def test_any_list_of_branches_is_read_or_garbled(raw: bytes) -> None:
    try:
        head = head_in(raw, "refs/heads/main")
    except Garbled:
        return
    assert head is None or ID.fullmatch(head)


@pytest.fixture
def played(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes, str], None]:
    """Have `git` print these bytes, and end as the shell says."""
    script, answer = tmp_path / "bin" / "git", tmp_path / "answer"
    script.parent.mkdir()
    cat, shell = shutil.which("cat"), shutil.which("bash")
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")

    def play(words: bytes, end: str) -> None:
        answer.write_bytes(words)
        script.write_text(f"#!{shell}\n{cat} {answer}\n{end}\n")
        script.chmod(0o755)

    return play


def test_contents_that_end_early_are_never_fewer_contents(place: Path, played: Callable[[bytes, str], None]) -> None:
    ids = [git(place.parent, "rev-parse", f"HEAD:{path}") for path in ("a.txt", "e")]
    whole = said(place, "cat-file", "--batch", stdin="".join(f"{one}\n" for one in ids).encode())
    played(whole, "exit 0")
    assert [one for one, _ in Git(place).contents(ids)] == ids
    for at in range(0, len(whole), 3):
        played(whole[:at], "exit 0")
        with pytest.raises(TransientError):
            list(Git(place).contents(ids))
    for words in (whole + b"more\n", whole.replace(b"blob", b"blub"), whole.replace(ids[0].encode(), b"3" * 40)):
        played(words, "exit 0")
        with pytest.raises(Garbled):
            list(Git(place).contents(ids))


def test_git_that_a_signal_ends_is_told_with_the_signal(place: Path, played: Callable[[bytes, str], None]) -> None:
    played(b"", "kill -KILL $$")
    for act in (
        lambda: Repository(place).resolve("main"),
        lambda: Repository(place).contains("1" * 40, "2" * 40),
        lambda: branch_head(Git(place), "https://nowhere.invalid/x", "main", None),
        lambda: list(Git(place).contents(["1" * 40])),
    ):
        with pytest.raises(TransientError, match="SIGKILL"):
            act()


@pytest.mark.parametrize(
    "complaint",
    [
        "fatal: sha1 file '.git/objects/pack/tmp' write error. Out of diskspace: No space left on device",
        "error: unable to create temporary file: Disk quota exceeded",
        "fatal: could not open '/x/refs' for reading: Too many open files",
    ],
)
def test_that_this_machine_has_no_room_is_no_answer_about_a_repository(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complaint: str
) -> None:
    program = tmp_path / "git"
    program.write_text(f'#!/bin/sh\necho "{complaint}" >&2\nexit 128\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(NoRoom, match="no room"):
        Repository(place).files("HEAD")
