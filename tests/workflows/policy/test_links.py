"""Where links lead, followed as a file system would, and names that lead elsewhere on other systems."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.policy.links import dangerous_name, links_out

OUT = {
    "an absolute one": {"a": "/etc/passwd"},
    "the process's own environment": {"a": "/proc/self/environ"},
    "a climb": {"a": "../x"},
    "a climb from a directory": {"d/a": "../../x"},
    "a climb after a descent": {"a": "d/../../x"},
    "into .git": {"a": ".git/config"},
    "into .git from below": {"d/a": "../.git/hooks/post-checkout"},
    "into .git by another case": {"a": ".GIT/config"},
    "into .git by a short name": {"a": "git~1/config"},
    "by a chain": {"a": "b", "b": "c", "c": "../x"},
    "by a directory that is a link": {"a": "d/x", "d": "/etc"},
    "by a climb from where a link leads": {"a": "b/../../x", "b": "d"},
    "in circles": {"a": "b", "b": "a"},
    "a drive": {"a": "C:\\x"},
    "another system's climb": {"a": "..\\x"},
    "another computer": {"a": "\\\\server\\share"},
}


@pytest.mark.parametrize("case", OUT)
def test_a_link_that_leads_out_is_found_with_where_it_leads(case: str) -> None:
    links = OUT[case]
    found = links_out(links, set(links))
    name = next(iter(links))
    assert any(one.path == name and one.target == links[name] and one.why for one in found)


@pytest.mark.parametrize(
    "links",
    [
        {"a": "b"},
        {"d/a": "../b"},
        {"a": "./d/./b"},
        {"a": "d/../b"},
        {"a": "b", "b": "c", "c": "d"},
        {"d/e/a": "../../x"},
        {"a": ".gitignore", "b": "...", "c": "..x", "e": ".github/x"},
        {"a": ""},
    ],
)
def test_a_link_that_stays_inside_is_fine(links: dict[str, str]) -> None:
    assert links_out(links, set(links)) == []


def test_what_was_there_before_counts_only_where_the_change_alters_its_way() -> None:
    assert links_out({"old": "/etc/passwd"}, set()) == []
    found = links_out({"old": "b/../../x", "b": "d"}, {"b"})
    assert [(one.path, one.target) for one in found] == [("b", "d")]
    assert "old leads out" in found[0].why


def test_nothing_is_written_behind_a_link() -> None:
    assert [one.path for one in links_out({"d": "e"}, set(), ["d/x", "e/y"])] == ["d/x"]


_NAMES = st.sampled_from(["a", "b", "d", "d/e", "d/f"])
_TARGETS = st.lists(st.sampled_from(["a", "b", "d", "e", "f", "..", ".", ""]), min_size=1, max_size=5).map("/".join)


@given(st.dictionaries(_NAMES, _TARGETS, max_size=4))
def test_it_is_as_the_file_system_has_it(links: dict[str, str]) -> None:
    """A link that is found to stay inside does so for the kernel, too."""
    links = {path: target for path, target in links.items() if not target.startswith("/") and target}
    if "d" in links:
        links = {path: target for path, target in links.items() if not path.startswith("d/")}
    out = {one.path for one in links_out(links, set(links))}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "root"
        (root / "e").mkdir(parents=True)
        for path, target in links.items():
            (root / path).parent.mkdir(exist_ok=True)
            os.symlink(target, root / path)
        for path in links.keys() - out:
            assert Path(os.path.realpath(root / path)).is_relative_to(root), (path, links)


@pytest.mark.parametrize(
    "path",
    [
        ".GIT/x",
        "d/.git",
        "git~1",
        "GIT~2/x",
        ".git ",
        ".git.",
        ".git::$INDEX_ALLOCATION",
        "x::$DATA",
        ".g\u200cit/hooks/x",
        ".gi\ufefft",
    ],
)
def test_names_that_other_systems_take_for_git_s_are_dangerous(path: str) -> None:
    assert dangerous_name(path)


@pytest.mark.parametrize("path", [".gitignore", ".github/x", "git/x", "gitx~1", "a:b", "x~1"])
def test_other_names_are_not(path: str) -> None:
    assert not dangerous_name(path)
