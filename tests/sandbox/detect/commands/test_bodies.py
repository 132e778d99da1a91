"""What named tasks do, as their files say it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect.commands import bodies
from sandbox.detect.read.source import Source

Write = Callable[[Mapping[str, str]], Path]


def recipe(write: Write, makefile: str, target: str = "x", **given: str) -> list[str]:
    return [b.script for b in bodies.make(Source(write({"Makefile": makefile})), ".", target, given)]


@pytest.mark.parametrize(
    ("makefile", "expected"),
    [
        ("x: y\n\ta\ny:\n\tb\n", ["b", "a"]),
        ("x: y | z # comment\n\ta\ny:\n\tb\nz:\n\tc\n", ["b", "c", "a"]),
        ("x: ; a\n", ["a"]),
        ("x:\n\ttest $(if $(COVER),-cover,-short) ./...\n", ["test -short ./..."]),
        ("ifeq ($(D),)\n  P = npx\nelse\n  P = d npx\nendif\nx:\n\t$(P) a\n", ["npx a"]),
        ("COVER=1\nx:\n\ttest $(if $(COVER),-cover) ./...\n", ["test -cover ./..."]),
        ("x:\n\ttest $(if $(COVER),-cover)\n", ["test "]),
        ("x::\n\ta\nx::\n\tb\n", ["a", "b"]),
        ("w x:\n\tt $@\n", ["t x"]),
        ("x:\n\ta \\\n\t  b\n\tc\n", ["a  \t  b", "c"]),
        ("x:\n\t@a\n\t+b\n\t$(Q)c\n", ["a", "b", "c"]),
        ("x: y\n\ta\ny: x\n\tb\n", ["b", "a"]),
        ("x:\n\t$(MAKE) y\n", ["make y"]),
        ("ALL = w x\n$(ALL):\n\trun $@\n", ["run x"]),
        ("ifdef Z\nx:\n\ta\nendif\n", ["a"]),
        ("x:\n    spaces\n", []),
        ("\tstray\n", []),
        ("y:\n\ta\n", []),
        ("", []),
    ],
)
def test_a_target_is_its_recipe_behind_those_that_it_needs(write: Write, makefile: str, expected: list[str]) -> None:
    assert recipe(write, makefile) == expected


@pytest.mark.parametrize(
    ("makefile", "expected"),
    [
        ("x: ARGS = -race\nx: y\ny:\n\tt $(ARGS) a\n", "t -race a"),
        ("ARGS = -v\nx: ARGS += -race\nx: y\ny:\n\tt $(ARGS) a\n", "t -v -race a"),
        ("ARGS = -v\nx z: export ARGS := '-a b'\nx:\n\tt $(ARGS)\n", "t -a b"),
        ("ARGS = -v\nother: ARGS = -race\nx:\n\tt $(ARGS)\n", "t -v"),
        ("x: private override ARGS ?= 1 # why\nx:\n\tt $(ARGS)\n", "t 1"),
        ("x:ARGS=1\nx:\n\tt $(ARGS)\n", "t 1"),
        ("include more.mk\nx:\n\tt $(ARGS)\n", "t -race"),
    ],
)
def test_a_variable_of_a_target_counts_for_all_that_it_needs(write: Write, makefile: str, expected: str) -> None:
    root = write({"Makefile": makefile, "more.mk": "x: ARGS = -race\n"})
    assert [b.script for b in bodies.make(Source(root), ".", "x")] == [expected]


@pytest.mark.parametrize(
    ("makefile", "expected"),
    [
        ("A = 1\nx:\n\tt $(A) ${A} $A $$A $(B)\n", "t 1 1 1 $A $(B)"),
        ("AB = 1\nAB := 2\nx:\n\tt $(AB)\n", "t 1"),
        ("AB ?= 1\nAB += 2\nx:\n\tt $(AB)\n", "t 1 2"),
        ("AB = $(CD)\nCD = 1\nx:\n\tt $(AB)\n", "t 1"),
        ("AB = '1 2'\nx:\n\tt $(AB)\n", "t 1 2"),
        ("AB = 1  # what it is for\nx:\n\tt $(AB) y\n", "t 1 y"),
        ("AB = a\\#b\nx:\n\tt $(AB)\n", "t a\\#b"),
        ("override AB = 1\nx:\n\tt $(AB)\n", "t 1"),
        ("export override AB = 1\nx:\n\tt $(AB)\n", "t 1"),
        ("AB = $(AB)\nx:\n\tt $(AB)\n", "t $(AB)"),
    ],
)
def test_variables_are_filled_in_as_make_does(write: Write, makefile: str, expected: str) -> None:
    assert recipe(write, makefile) == [expected]


def test_what_the_call_sets_comes_before_what_the_file_says(write: Write) -> None:
    assert recipe(write, "A = 1\nx:\n\tt $(A) $(B)\n", A="8", B="9") == ["t 8 9"]


@pytest.mark.parametrize(
    ("makefile", "expected"),
    [
        (".PHONY: x\n.SUFFIXES:\nx:\n\ta\ny:\n\tb\n", ["a"]),
        (".DEFAULT_GOAL := y\nx:\n\ta\ny:\n\tb\n", ["b"]),
        ("", []),
    ],
)
def test_without_a_target_it_is_the_default_one(write: Write, makefile: str, expected: list[str]) -> None:
    assert recipe(write, makefile, "") == expected


def test_a_pattern_rule_is_filled_in_with_its_stem(write: Write) -> None:
    makefile = "test-%-all:\n\tt $* $@ ${@:test-%=x-%}\n%:\n\tanything\n"
    assert recipe(write, makefile, "test-full-all") == ["t full test-full-all x-full-all"]
    assert recipe(write, makefile, "test--all") == []


def test_what_make_goes_on_after_is_tolerated(write: Write) -> None:
    source = Source(write({"Makefile": "x:\n\t-a\n\t@-b\n\t-@c\n\td\n"}))
    assert [(b.script, b.tolerated) for b in bodies.make(source, ".", "x")] == [
        ("a", True),
        ("b", True),
        ("c", True),
        ("d", False),
    ]


def test_exported_variables_are_in_the_environment_wherever_they_are_given_a_value(write: Write) -> None:
    makefile = "export A = 1\nexport B C\nB = $(A)2\nD = 3\nexport CI = 1\nexport TOKEN = x\nx:\n\ta\n"
    (body,) = bodies.make(Source(write({"Makefile": makefile})), ".", "x")
    assert body.env == {"A": "1", "B": "12"}


def test_what_is_included_is_read_once_and_what_the_file_itself_says_counts(write: Write) -> None:
    files = {
        "Makefile": "include more/a.mk Makefile\n-include missing.mk\nA = 1\nx: y\n\ta $(A) $(B)\n",
        "more/a.mk": "include ../Makefile a.mk\nA = 2\nB = 3\ny:\n\tb\n",
    }
    assert [b.script for b in bodies.make(Source(write(files)), ".", "x")] == ["b", "a 2 3"]


def test_a_line_knows_its_place(write: Write) -> None:
    source = Source(write({"sub/makefile": "x:\n\ta \\\n\tb\n\tc\n"}))
    assert [(b.evidence.file, b.evidence.line) for b in bodies.make(source, "sub", "x")] == [
        ("sub/makefile", 2),
        ("sub/makefile", 4),
    ]
    assert bodies.make_targets(source, "sub") == ["x"]
    assert bodies.make_targets(source) == []


def test_the_makefile_that_a_call_names_is_the_one_that_counts(write: Write) -> None:
    source = Source(write({"Makefile": "x:\n\ta\n", "ci/other.mk": "x:\n\tb\n"}))
    assert [b.script for b in bodies.make(source, ".", "x", file="ci/other.mk")] == ["b"]
    assert bodies.make(source, ".", "x", file="missing.mk") == []


def test_a_makefile_of_any_size_is_read(write: Write) -> None:
    assert recipe(write, "A = x\n" + "A += y\n" * 4000 + "x:\n\tt $(A)\n")
    chain = "".join(f"t{n}: t{n + 1}\n\ta\n" for n in range(1000))
    assert len(recipe(write, chain, "t0")) == 41
    assert recipe(write, "A=$(B)$(B)\nB=$(C)$(C)\nC=$(D)$(D)\nD=$(A)$(A)\nx:\n\tt $(A)\n")
    assert recipe(write, "a " * 200_000 + ": b\n\tx\n") == []


@pytest.mark.parametrize("text", ["x:\r\n\ta\r\n", "\ufeffx:\n\ta\n", "x:\n\ta\n\x00\n"])
def test_a_makefile_of_another_editor_is_the_same(tmp_path: Path, text: str) -> None:
    (tmp_path / "Makefile").write_bytes(text.encode())
    assert [b.script for b in bodies.make(Source(tmp_path), ".", "x")] == ["a"]


@pytest.mark.parametrize(
    ("scripts", "name", "expected"),
    [
        ({"test": "jest", "pretest": "tsc"}, "test", ["tsc", "jest"]),
        ({"test": "jest", "test:a": "x"}, "test", ["jest"]),
        ({"t:a": "1", "t:b": "2", "t:b:c": "3"}, "t:*", ["npm run t:a", "npm run t:b"]),
        ({"t:a": "1", "at:b": "2"}, "/^t:/", ["npm run t:a"]),
        ({"a.b": "1", "axb": "2"}, "a.*", ["npm run a.b"]),
        ({"t(": "1"}, "t(", ["1"]),
        ({"t": 5}, "t", []),
        ({"t": "1"}, "/(/", []),
        ({"t": "1"}, "", []),
        (["t"], "t", []),
    ],
)
def test_a_script_of_npm_is_found_by_name_or_by_pattern(
    write: Write, scripts: object, name: str, expected: list[str]
) -> None:
    source = Source(write({"package.json": json.dumps({"scripts": scripts})}))
    assert [b.script for b in bodies.package(source, ".", name)] == expected


def test_a_script_of_wireit_is_its_command_behind_those_that_it_needs(write: Write) -> None:
    needs = ["build", {"script": "lint", "cascade": False}, {"script": 5}, 7, "../other:x"]
    wireit = {
        "test": {"command": "jest", "dependencies": needs},
        "build": {"command": "tsc", "dependencies": ["test"]},
        "lint": {"command": "eslint ."},
    }
    data = {"scripts": {"test": "wireit"}, "wireit": wireit}
    source = Source(write({"package.json": json.dumps(data)}))
    assert [b.script for b in bodies.package(source, ".", "test")] == ["tsc", "eslint .", "jest"]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("phpunit", ["phpunit"]),
        (["@php x", "@composer y", "@lint", "phpunit", 5], ["php x", "composer y", "composer run lint", "phpunit"]),
        (["@putenv A=1", "phpunit"], ["", "phpunit"]),
        ({"a": 1}, []),
        (None, []),
    ],
)
def test_a_script_of_composer_is_told_in_the_words_of_a_shell(
    write: Write, script: object, expected: list[str]
) -> None:
    source = Source(write({"composer.json": json.dumps({"scripts": {"t": script}})}))
    assert [b.script for b in bodies.composer(source, "t")] == expected
