"""Files that an issue names: by path, by module, by the frames of a trace, by words of their path."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workflows.localize.parsing.features import Ints
from workflows.localize.places import Places
from workflows.localize.query import Frame, Query

EMPTY = Query({}, frozenset(), {}, {}, {}, (), ())
TREE = ("pkg/core/parser.py", "pkg/parser.py", "pkg/__init__.py", "pkg/core/__init__.py", "lib/utils.py", "x/utils.py")
TREE += ("y/utils.py", "web/utils.js", "docs/readme.md")


def best(scores: Ints) -> list[str]:
    """The paths that were found at all, the best first."""
    found = [(-float(score), number) for number, score in enumerate(scores) if score]
    return [TREE[number] for _, number in sorted(found)]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("pkg/core/parser.py", ["pkg/core/parser.py"]),
        ("/home/me/site-packages/pkg/parser.py", ["pkg/parser.py"]),
        ("core/parser.py", ["pkg/core/parser.py"]),
        ("parser.py", ["pkg/core/parser.py", "pkg/parser.py"]),
        ("utils.py", []),
        ("other/utils.py", []),
        ("utils.js", ["web/utils.js"]),
        ("readme.md", ["docs/readme.md"]),
        ("missing.py", []),
        ("", []),
        ("/", []),
    ],
)
def test_a_path_names_the_file_that_agrees_longest_with_its_end(path: str, found: list[str]) -> None:
    assert sorted(best(Places(TREE).named(replace(EMPTY, paths={path: 1.0})))) == sorted(found)


@pytest.mark.parametrize(
    ("module", "first"),
    [
        (("pkg", "core", "parser"), ["pkg/core/parser.py"]),
        (("pkg", "parser", "Parser", "parse"), ["pkg/parser.py"]),
        (("pkg", "core", "missing"), ["pkg/core/__init__.py"]),
        (("missing", "parser"), []),
        (("readme",), []),
        ((), []),
    ],
)
def test_a_dotted_name_is_a_module_else_something_in_one(module: tuple[str, ...], first: list[str]) -> None:
    assert best(Places(TREE).named(replace(EMPTY, modules={module: 1.0})))[:1] == first


def test_several_files_of_a_name_share_what_it_says() -> None:
    scores = Places(TREE).named(replace(EMPTY, paths={"parser.py": 1.0, "readme.md": 1.0}))
    assert scores[0] == scores[1] == scores[8] / 2


def test_scores_are_between_nothing_and_one_however_often_a_file_is_named() -> None:
    scores = Places(TREE).named(replace(EMPTY, paths={f"{n}/pkg/parser.py": 9.0 for n in range(9)}))
    assert scores.max() == 1.0
    assert scores.min() == 0.0


def test_the_deepest_frame_within_the_tree_says_most() -> None:
    frames = tuple(Frame(path, 1, "f") for path in ("pkg/parser.py", "web/utils.js", "/usr/lib/python/other.py"))
    scores = Places(TREE).traced(replace(EMPTY, frames=frames))
    assert best(scores) == ["web/utils.js", "pkg/parser.py"]
    assert 0.4 < scores[1] < scores[7] < 1


def test_a_file_that_stands_in_a_trace_twice_counts_as_its_deepest_frame() -> None:
    frames = (Frame("readme.md", 1, "f"), Frame("utils.js", 1, "f"), Frame("readme.md", 1, "f"))
    assert best(Places(TREE).traced(replace(EMPTY, frames=frames))) == ["docs/readme.md", "web/utils.js"]


def test_words_of_a_path_count_rare_ones_more_and_those_of_the_file_itself_more() -> None:
    scores, titles = Places(TREE).worded(replace(EMPTY, words={"parser": 1.0, "pkg": 1.0}, title=frozenset({"readme"})))
    assert best(scores)[:2] == ["pkg/core/parser.py", "pkg/parser.py"]
    assert scores.max() == 1.0
    assert best(titles) == ["docs/readme.md"]
    rare, _ = Places(TREE).worded(replace(EMPTY, words={"readme": 1.0, "utils": 1.0}))
    assert best(rare)[0] == "docs/readme.md"


def test_an_empty_tree_and_an_empty_issue_name_nothing() -> None:
    asked = replace(EMPTY, words={"a": 1.0}, paths={"a": 1.0}, modules={("a",): 1.0}, frames=(Frame("a", 1, "f"),))
    none = Places(())
    assert [len(none.named(asked)), len(none.traced(asked)), len(none.worded(asked)[0])] == [0, 0, 0]
    some = Places(TREE)
    assert not some.named(EMPTY).any()
    assert not some.traced(EMPTY).any()
    assert not some.worded(EMPTY)[0].any()
