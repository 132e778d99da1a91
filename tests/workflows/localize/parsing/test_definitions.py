"""Definitions in the languages we know, and what hostile source can do to their parsers: nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.localize.parsing import extraction
from workflows.localize.parsing.definitions import VARIABLE, SourceDefinition, by_parser, by_pattern
from workflows.localize.parsing.extraction import features_of, pack_definitions, unpack_definitions
from workflows.localize.words import digest

SAMPLES = {
    "javascript": ("class Box { open() {} }\nconst lid = () => 1;\nfunction shut() {}\n", "Box open lid shut"),
    "typescript": ("interface Lid { a: number }\ntype Size = 1;\nclass Box { open(): void {} }\n", "Lid Size Box open"),
    "tsx": ("export function Box() { return <b/>; }\n", "Box"),
    "go": ("package p\ntype Box struct{}\nfunc (b *Box) Open() {}\nfunc Shut() {}\n", "Box Open Shut"),
    "rust": ("struct Box1;\nimpl Box1 { fn open(&self) {} }\ntrait Lid {}\nmacro_rules! m {}", "Box1 open Lid"),
    "java": ("class Box { int size; Box() {} void open() {} }\ninterface Lid {}\n", "Box open Lid"),
    "ruby": ("module M\n  class Box\n    def open; end\n    def self.shut; end\n  end\nend\n", "M Box open shut"),
    "php": ("<?php\nclass Box { function open() {} }\nfunction shut() {}\n", "Box open shut"),
    "c": ("struct box { int a; };\nint open_box(int a) { }\nchar *name_of(void) { }\n", "box open_box name_of"),
    "cpp": ("class Box { void open(); };\nvoid Box::open() {}\n", "Box open"),
    "c_sharp": ("class Box { void Open() {} }\n", "Box Open"),
    "kotlin": ("class Box { fun open() {} }\nobject Lid\n", "Box open Lid"),
    "scala": ("class Box { def open = 1 }\nobject Lid\n", "Box open Lid"),
    "swift": ("class Box { func open() {} }\n", "Box open"),
    "bash": ("open_box() { :; }\n", "open_box"),
}  # fmt: skip


@pytest.mark.parametrize("language", SAMPLES)
def test_each_grammar_finds_the_definitions_of_its_language(language: str) -> None:
    text, names = SAMPLES[language]
    assert {d.name for d in by_parser(language, text.encode())} >= set(names.split())


def test_python_is_read_by_lines_with_depth_and_assignments() -> None:
    text = b"SIZE = 3\nclass Box:\n    async def open(self):\n        x = 1\n\ndef shut(): ...\n"
    assert by_pattern("python", text) == [
        SourceDefinition("SIZE", 0, VARIABLE),
        SourceDefinition("Box", 9, 0),
        SourceDefinition("open", 20, 1),
        SourceDefinition("shut", 61, 0),
    ]


def test_elixir_is_read_by_lines() -> None:
    text = b"defmodule Shop.Box do\n  def open(x) do\n  end\n  defp shut, do: 1\nend\n"
    assert [d.name for d in by_pattern("elixir", text)] == ["Box", "open", "shut"]


@pytest.mark.parametrize(
    "text", [b"(" * 300_000, b"{" * 300_000, b"a(" * 150_000, b"\0" * 300_000, b"\xff\xfe" * 150_000]
)
def test_deep_nesting_and_binary_do_no_harm(text: bytes) -> None:
    names = [f"x{n}" for n in range(3)]
    good = "".join(f"function {name}() {{}}\n" for name in names).encode()
    bad, fine = features_of([("javascript", text), ("javascript", good)])
    assert len(bad.names) == 0
    assert {digest(name) for name in names} == set(fine.names.tolist())


def test_a_worker_that_dies_costs_only_its_parsing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "_SECONDS", 0.0)  # every worker is killed before it answers
    (features,) = features_of([("javascript", b"class Box { open() {} }\n")])
    assert digest("Box") in features.names.tolist()  # found by pattern
    assert digest("open") not in features.names.tolist()


@given(
    st.lists(st.builds(SourceDefinition, st.text(max_size=9), st.integers(0, 9999), st.integers(-1, 99)), max_size=9)
)
def test_definitions_pass_the_pipe_unchanged(found: list[SourceDefinition]) -> None:
    assert unpack_definitions(pack_definitions(found)) == [found]


@given(st.binary(max_size=200))
def test_a_worker_that_was_taken_over_can_say_anything(output: bytes) -> None:
    for answer in unpack_definitions(output):
        assert all(isinstance(definition, SourceDefinition) for definition in answer)


@given(st.sampled_from(["python", "elixir", "javascript", ""]), st.binary(max_size=500))
def test_patterns_survive_any_bytes(language: str, text: bytes) -> None:
    offsets = [d.offset for d in by_pattern(language, text)]
    assert offsets == sorted(offsets)


@pytest.mark.parametrize("unit", [b" ", b"a ", b"def ", b"(a) ", b"\t", b"a(", b"class", b"x=", b"\n\n "])
@pytest.mark.parametrize("language", ["python", "elixir"])
def test_a_megabyte_of_anything_is_searched_at_once(language: str, unit: bytes) -> None:
    by_pattern(language, unit * (1_000_000 // len(unit)))
