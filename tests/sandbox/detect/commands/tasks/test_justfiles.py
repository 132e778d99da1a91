"""Recipes of a justfile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect.commands.tasks import justfiles
from sandbox.detect.read.source import Source

Write = Callable[[Mapping[str, str]], Path]


def scripts(write: Write, text: str, *names: str, **more: str) -> list[str]:
    files = {name.replace("__", "/").replace("_", "."): body for name, body in more.items()}
    return [b.script for b in justfiles.just(Source(write({"justfile": text, **files})), ".", list(names))]


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("t: l\n  a\nl:\n\tb\n", ["t"], ["b", "a"]),
        ("t: (l 'x') && m\n  a\nl x:\n  b\nm:\n  c\n", ["t"], ["b", "c", "a"]),
        ("t:\n  a\n\n  b \\\n    c\nu:\n  d\n", [], ["a", "b      c"]),
        ("t:\n  a\nu:\n  b\n", ["t", "u"], ["a", "b"]),
        ("alias q := t\nt:\n  a\n", ["q"], ["a"]),
        ("x := '1'\nt:\n  a {{x}} {{ x }} {{y}}\n", ["t"], ["a 1 1 "]),
        ("t *args:\n  a {{args}}\n", ["t", "-x", "b c"], ["a -x 'b c'"]),
        ('t +args:\n  a "$@"\n', ["t", "b"], ["a b"]),
        ("t a='x:y' b=\"z\":\n  a\n", ["t"], ["a"]),
        ("@t:\n  @a\n", ["t"], ["a"]),
        ("t:\n  #!/usr/bin/env bash\n  a\n", ["t"], ["a"]),
        ("[private]\nt: # comment\n  a\n", ["t"], ["a"]),
        ("set shell := ['bash']\nt:\n  a\n", [], ["a"]),
        ("a: b\nb: a\n  x\n", ["a"], ["x"]),
        ("t:\n  a\n", ["nothing"], []),
        ("", [], []),
    ],
)
def test_a_recipe_is_its_lines_behind_those_that_it_needs(
    write: Write, text: str, names: list[str], expected: list[str]
) -> None:
    assert scripts(write, text, *names) == expected


def test_modules_and_imports_bring_recipes_of_their_own(write: Write) -> None:
    files = {
        "justfile": "mod web\nmod? api 'other/api.just'\nimport 'more.just'\nt:\n  a\n",
        "web/mod.just": "t:\n  b\n",
        "other/api.just": "t:\n  c\n",
        "more.just": "u:\n  d\n",
    }
    source = Source(write(files))
    assert justfiles.recipes(source) == ["u", "t", "web::t", "api::t"]
    found = [justfiles.just(source, ".", names)[0] for names in (["web::t"], ["web", "t"], ["api", "t"], ["u"])]
    assert [(b.script, b.cwd) for b in found] == [("b", "web"), ("b", "web"), ("c", "other"), ("d", ".")]


@pytest.mark.parametrize("text", ["import 'o.just'\nt:\n  own\n", "t:\n  own\nimport 'o.just'\n"])
def test_of_two_recipes_of_a_name_the_files_own_counts(write: Write, text: str) -> None:
    assert scripts(write, text, "t", o_just="t:\n  imported\nu:\n  b\n") == ["own"]


def test_files_that_import_each_other_and_themselves_are_read_once(write: Write) -> None:
    text = "import 'justfile'\nimport 'o.just'\n" * 60 + "t:\n  a\n"
    assert scripts(write, text, "t", o_just="import 'justfile'\n" * 60) == ["a"]


def test_what_may_fail_and_the_environment_are_known(write: Write) -> None:
    text = "export A := 'x'\nexport CI := '1'\nB := 'y'\nt:\n  -a\n  @-b\n  c\n"
    found = justfiles.just(Source(write({"justfile": text})), ".", ["t"])
    assert [(b.script, b.tolerated) for b in found] == [("a", True), ("b", True), ("c", False)]
    assert found[0].env == {"A": "x"}
    assert found[0].evidence.line == 5


@pytest.mark.parametrize(
    "text",
    [
        "t:\n  a" + "{{" * 1500,
        "t" + " a" * 1900 + ":\n  a",
        "mod w '../../etc'\nt:\n  a\n",
        "import '/etc/passwd'\nt:\n  a\n",
    ],
)
def test_odd_files_are_read(write: Write, text: str) -> None:
    assert scripts(write, text, "t")[0].startswith("a")
    assert scripts(write, text, "w", "t") is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[unix]\nx:\n  a\n\n[windows]\nx:\n  b\n", ["a"]),
        ("[windows]\nx:\n  b\n\n[linux]\n[private]\nx:\n  a\n", ["a"]),
        ("[windows]\n[no-cd]\nx:\n  b\n  c\n[macos]\nx:\n  d\n[unix]\nx:\n  a\n", ["a"]),
        ("[group('t')]\nx:\n  a\n", ["a"]),
        ("[windows]\ny:\n  b\nx:\n  a\n", ["a"]),
    ],
)
def test_of_a_recipe_for_each_system_that_of_linux_is_run(write: Write, text: str, expected: list[str]) -> None:
    found = justfiles.just(Source(write({"justfile": text})), ".", ["x"])
    assert [body.script for body in found] == expected
