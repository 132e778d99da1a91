"""What a repository holds: commits, trees and blobs, and changes carried over from one commit to another."""

from __future__ import annotations

import pytest

from sandbox.errors import RepositoryError
from sandbox.git.history import Person
from sandbox.git.repository import Repository
from tests.fakes.commits import BOT, changed

ADA = Person("Ada", "ada@example.org")


@pytest.mark.parametrize("ref", ["--help", "nothing", "main\nmain", "", "HEAD:a.txt"])
def test_what_names_no_commit_is_refused(mirror: Repository, ref: str) -> None:
    with pytest.raises(RepositoryError):
        mirror.resolve(ref)


def test_files_and_blobs_are_read(mirror: Repository) -> None:
    files = {file.path: file for file in mirror.files("main")}
    assert files["a.txt"].size == 10
    assert mirror.read_blob(files["b.txt"].blob) == b"b\n"
    ids = [file.blob for file in files.values()] * 500
    assert [found for found, _ in mirror.read_blobs(ids)] == ids
    with pytest.raises(RepositoryError, match="does not hold object"):
        mirror.read_blob("1" * 40)


def test_the_same_facts_make_the_same_commit(mirror: Repository) -> None:
    head = mirror.resolve("main")
    facts = {"author": ADA, "committer": BOT, "when": 1700000000}
    first = mirror.write_commit(mirror.tree_of(head), [head], "Tïtle\n\nBody", **facts)  # type: ignore[arg-type]
    again = mirror.write_commit(mirror.tree_of(head), [head], "Tïtle\n\nBody", **facts)  # type: ignore[arg-type]
    assert first == again
    shown = mirror.git.text("show", "-s", "--format=%an <%ae>|%cn|%at|%B", first)
    assert shown == "Ada <ada@example.org>|Pullwright|1700000000|Tïtle\n\nBody"


def test_changes_are_carried_over_to_a_newer_base(mirror: Repository) -> None:
    base = mirror.resolve("main")
    ours = changed(mirror, base, {"a.txt": b"one\n2\n3\n4\n5\n"})
    onto = changed(mirror, base, {"a.txt": b"1\n2\n3\n4\nfive\n"}, "Other")
    replayed = mirror.replay(base, ours, onto)
    assert replayed.conflicts == ()
    merged = {file.path: file.blob for file in mirror.files(replayed.tree)}
    assert mirror.read_blob(merged["a.txt"]) == b"one\n2\n3\n4\nfive\n"


def test_conflicts_are_named(mirror: Repository) -> None:
    base = mirror.resolve("main")
    ours = changed(mirror, base, {"a.txt": b"ours\n"})
    onto = changed(mirror, base, {"a.txt": b"theirs\n", "b.txt": b"x\n"})
    assert mirror.replay(base, ours, onto).conflicts == ("a.txt",)
