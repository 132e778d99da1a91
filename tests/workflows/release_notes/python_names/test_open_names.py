"""What sources alone do not tell of a package's names."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.release_notes.python_names.open_names import Sources, read


def written(folder: Path, **files: str) -> Sources:
    """A package p of these files: `sub__a` is sub/a.py."""
    for name, text in {"__init__": "", **files}.items():
        path = folder / "p" / (name if name == "__init__" else name.replace("__", "/"))
        path = path.with_suffix(".py") if name != "stub" else path.with_suffix(".pyi")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read(folder, "p")


def test_all_modules_are_known_and_those_that_do_not_parse_are_named(tmp_path: Path) -> None:
    found = written(tmp_path, a="x = 1", sub__b="def f(", stub="def g() -> int: ...", deep="x = " + "-" * 20_000 + "1")
    assert found.modules == {"p", "p.a", "p.sub.b", "p.stub", "p.deep"}
    assert {"p.sub.b"} <= found.unread <= {"p.sub.b", "p.deep"}


@pytest.mark.parametrize("data", [b"\0", b"\xff = 1", b"# coding: nothing\nx = 1", b"x = '\\ud800'\nif"])
def test_bytes_that_are_no_source_are_unread(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p/a.py").write_bytes(data)
    assert read(tmp_path, "p").unread == {"p.a"}


def test_a_package_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path, "p") == Sources()


@pytest.mark.parametrize(
    ("module", "line", "target"),
    [
        ("__init__", "from .a import *", "p.a"),
        ("__init__", "from . import *", "p"),
        ("a", "from .b import *", "p.b"),
        ("a", "from . import *", "p"),
        ("sub__a", "from ..b import *", "p.b"),
        ("a", "from other.x import *", "other.x"),
        ("a", "from ..x import *", ""),
        ("a", "from ......x import *", ""),
        ("a", "try:\n    from .b import *\nexcept ImportError:\n    from .c import *", "p.b"),
        ("a", "if X:\n    with y:\n        from .b import *", "p.b"),
    ],
)
def test_what_is_taken_over_with_a_star_is_known_by_its_module(
    tmp_path: Path, module: str, line: str, target: str
) -> None:
    found = written(tmp_path, **{module: line})
    name = "p" if module == "__init__" else f"p.{module.replace('__', '.')}"
    assert target in found.stars[name]


def test_a_module_that_makes_names_when_asked_is_known_and_a_class_that_does_is_none(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        a="def __getattr__(name): ...",
        b="if X:\n    def __getattr__(name): ...",
        c="class A:\n    def __getattr__(self, name): ...",
        d="from x import __getattr__x",
    )
    assert found.asked == {"p.a", "p.b"}


def test_names_that_branches_define_in_several_ways_are_twofold(tmp_path: Path) -> None:
    text = """
try:
    class A: ...
except ImportError:
    def A(): ...
if X:
    def once(): ...
def twice(): ...
def twice(): ...
class B:
    if X:
        def m(self): ...
    else:
        async def m(self): ...
    def n(self): ...
"""
    assert written(tmp_path, a=text).twofold == {"p.a.A", "p.a.B.m"}


def test_a_module_is_open_where_it_takes_over_what_cannot_be_read() -> None:
    now = Sources(
        stars={"p": {"p.a"}, "p.a": {"other"}, "p.b": {"p.c"}, "p.d": {"p.odd"}},
        asked={"p.e"},
        modules={"p", "p.a", "p.b", "p.c", "p.d", "p.e", "p.odd"},
    )
    assert now.open_to(set(), Sources()) == {"p", "p.a", "p.e"}
    assert now.open_to({"p.odd"}, Sources()) == {"p", "p.a", "p.d", "p.e"}


def test_what_took_as_much_from_outside_before_has_no_name_of_its_own_from_there() -> None:
    now = Sources(stars={"p": {"other"}}, modules={"p"})
    assert now.open_to(set(), Sources(stars={"p": {"other"}}, modules={"p"})) == set()
    assert now.open_to(set(), Sources(stars={"p": {"another"}}, modules={"p"})) == {"p"}


def test_modules_that_take_over_each_other_come_to_an_end() -> None:
    now = Sources(stars={"p.a": {"p.b"}, "p.b": {"p.a", "x"}}, modules={"p.a", "p.b"})
    assert now.open_to(set(), Sources()) == {"p.a", "p.b"}
