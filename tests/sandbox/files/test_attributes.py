"""What .gitattributes say of a path, and which contents no fresh clone would have as they were committed."""

from __future__ import annotations

import pytest

from sandbox.files.attributes import Attributes, attributes_of, not_run, rules_above, unclean

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 5\n"


def of(rules: str, path: str = "x") -> Attributes:
    return attributes_of({".gitattributes": rules.encode()}, [path])[path]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("", Attributes()),
        ("* text", Attributes("set")),
        ("* -text", Attributes("unset")),
        ("* text=auto eol=crlf", Attributes("auto", "crlf")),
        ("* crlf=input", Attributes("set", "lf")),
        ("* -crlf", Attributes("unset")),
        ("* -text crlf", Attributes("unset")),
        ("* binary", Attributes("unset")),
        ("[attr]page text eol=lf\n* page", Attributes("set", "lf")),
        ("* text\nx !text", Attributes()),
        ("* filter=lfs ident", Attributes(filter="lfs", ident=True)),
        ("* -filter -ident working-tree-encoding=UTF-8", Attributes()),
        ("* working-tree-encoding=UTF-16LE", Attributes(encoding="UTF-16LE")),
        ("\ufeff* text", Attributes("set")),
    ],
)
def test_rules_are_read_as_git_reads_them(rules: str, said: Attributes) -> None:
    assert of(rules) == said


def test_the_rules_nearest_to_a_path_count_and_those_beside_it_do_not() -> None:
    rules = {".gitattributes": b"* text eol=lf", "a/.gitattributes": b"* -text", "ab/.gitattributes": b"* ident"}
    paths = ["x", "a/x", "a/b/x", "c/x", 'a "q\n\udcff.x']
    said = attributes_of(rules, paths)
    assert [said[path].text for path in paths] == ["set", "unset", "unset", "set", "set"]
    assert rules_above("a/b/x") == [".gitattributes", "a/.gitattributes", "a/b/.gitattributes"]


def test_the_rules_of_a_path_count_however_many_others_a_tree_has() -> None:
    rules = {f"d{number}/.gitattributes": b"* ident" for number in range(1500)}
    assert attributes_of({**rules, "z/.gitattributes": b"* text"}, ["z/x"]) == {"z/x": Attributes("set")}


def test_a_path_longer_than_ours_may_be_leaves_the_others_their_rules() -> None:
    deep = "/".join(["d" * 200] * 20) + "/" + "e" * 60
    said = attributes_of({".gitattributes": b"* text", f"{deep}/.gitattributes": b"* -text"}, ["x", f"{deep}/x"])
    assert said["x"] == Attributes("set")


@pytest.mark.parametrize(
    ("said", "content", "why"),
    [
        (Attributes("set"), b"a\r\nb\r\n", "CRLF"),
        (Attributes(eol="crlf"), b"a\r\n", "CRLF"),
        (Attributes("auto", "crlf"), b"a\r\n", ""),
        (Attributes("unset", "lf"), b"a\r\n", ""),
        (Attributes("set"), b"a\rb\n", ""),
        (Attributes(encoding="UTF-16LE"), "ä".encode(), ""),
        (Attributes(encoding="UTF-16LE"), "ä".encode("utf-16-le"), "write it as UTF-8"),
        (Attributes(encoding="latin1"), "€".encode(), "checked out as latin1"),
        (Attributes(encoding="no-such"), b"a", ""),
        (Attributes(ident=True), b"$Id: abc $", r"write $Id$"),
        (Attributes(ident=True), b"$Id$ $Id: a\n$", ""),
        (Attributes(filter="lfs"), b"a", "goes through the filter 'lfs'"),
        (Attributes(filter="lfs"), POINTER, "was not uploaded"),
        (Attributes(filter="git-crypt"), b"a", "git-crypt"),
        (Attributes(filter="indent"), b"a", ""),
    ],
)
def test_what_a_fresh_clone_would_have_otherwise_is_told(said: Attributes, content: bytes, why: str) -> None:
    found = unclean(said, None, content)
    assert (why in found) if why else found == ""


def test_what_is_as_it_was_is_clean_though_it_is_kept_elsewhere() -> None:
    assert unclean(Attributes(filter="lfs"), POINTER, POINTER) == ""
    assert [not_run(Attributes(filter=name)) for name in ("lfs", "indent", "")] == ["", "indent", ""]
