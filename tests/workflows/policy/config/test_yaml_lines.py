"""YAML from a repository as plain values, with the line of each key."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.errors import ConfigError
from workflows.policy.config.yaml_lines import MAX_CHARACTERS, MAX_DEPTH, load


def test_every_key_and_item_knows_its_line() -> None:
    data, lines = load("# top\na: 1\nb:\n  - x\n  -\n    y: |\n      two\n      lines\n", "f.yml")
    assert data == {"a": 1, "b": ["x", {"y": "two\nlines\n"}]}
    assert lines == {("a",): 2, ("b",): 3, ("b", 0): 4, ("b", 1): 6, ("b", 1, "y"): 6}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# only a comment", None),
        ("just text", "just text"),
        ("- 1\n- 2", [1, 2]),
        ("\ufeffa: 1", {"a": 1}),
        ("a: 2020-01-01", {"a": "2020-01-01"}),
        ("a: yes\nb: true\nc: ~\nd: 0o17\ne: 1.5", {"a": "yes", "b": True, "c": None, "d": 15, "e": 1.5}),
        ("1: x\nnull: y", {"1": "x", "null": "y"}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("a: !!str 5", {"a": "5"}),
        ("a: '😀'", {"a": "😀"}),
    ],
)
def test_values_are_plain(text: str, value: Any) -> None:
    assert load(text, "f.yml")[0] == value


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\na: 2", "f.yml:2", "'a' stands here twice, first in line 1"),
        ("1: x\n'1': y", "f.yml:2", "stands here twice"),
        ("a: &x 1", "f.yml:1", "Anchors and aliases"),
        ("b: 1\na: *x", "f.yml:2", "Anchors and aliases"),
        ("a: 1\n---\nb: 2", "f.yml:2", "more than one document"),
        ("a:\n  b: !!python/object:os.system x", "f.yml:2", "The tag"),
        ("a: !!binary aGk=", "f.yml:1", "The tag"),
        ("? [a]\n: b", "f.yml:1", "plain word"),
        ("a: 1\nb: [", "f.yml:2", "This is not YAML"),
        ("a: 1\n\t- x", "f.yml:2", "This is not YAML"),
        ("a: b: c", "f.yml:1", "This is not YAML"),
        ("a: \0", "f.yml:1", "This is not YAML"),
        ("a: 1\nb: !!bool maybe", "f.yml:2", "cannot be read as bool"),
        ("a: 1\nb: !!int x", "f.yml:2", "cannot be read as int"),
        ("a: 1\nb: !!int ''", "f.yml:2", "cannot be read as int"),
        ("a: 1\nb: !!float ''", "f.yml:2", "cannot be read as float"),
        ("a: 1\nb: " + "9" * 5000, "f.yml:2", "cannot be read as int"),
        ("a: 1\nb: 99999999999999999999999999", "f.yml:2", "too large"),
        ("a: 1\nb: 0x" + "f" * 1000, "f.yml:2", "too large"),
        ('a: 1\nb: "\\0"', "f.yml:2", "no character"),
        ('a: 1\nb: "\\ud800"', "f.yml:2", "no character"),
        ('a: 1\n"\\ud800": b', "f.yml:2", "no character"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "f.yml:1", "nested too deeply"),
        ("[" * 5000, "f.yml:1", "nested too deeply"),
        ("x" * (MAX_CHARACTERS + 1), "f.yml", "longer than 64 KB"),
    ],
)
def test_what_is_not_read_is_said_with_its_line(text: str, place: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(text, "f.yml")
    assert str(refused.value).startswith(f"{place}: ")
    assert words in str(refused.value)


@given(st.text(alphabet="ab:-[]{}&*!?|>'\"\\ \n\t#%0x~.é", max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        load(text, "f.yml")
    except ConfigError:
        return


@given(
    st.sampled_from(["null", "bool", "int", "float", "str", "map", "seq", "timestamp"]),
    st.text(alphabet="01-x.:_eE+' \"", max_size=8),
)
def test_any_value_of_any_tag_is_read_or_refused_in_words(tag: str, value: str) -> None:
    try:
        load(f"a: !!{tag} {value}", "f.yml")
    except ConfigError:
        return
