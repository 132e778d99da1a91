"""What is read out of an issue's text, and that no text can make the reading slow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.localize.query import LONGEST_TEXT, Frame, read


def test_words_of_the_title_weigh_more_than_those_of_a_pasted_log() -> None:
    query = read("The turbine stops\n\n```\nvalve opened\n```\n")
    assert query.words["turbine"] > query.words["valve"]
    assert query.title == {"turbine", "stop"}


def test_identifiers_are_split_and_kept_whole() -> None:
    assert read("getHTTPResponse fails").words.keys() >= {"get", "http", "response", "gethttpresponse"} - {"get"}


def test_code_like_words_and_calls_are_names_of_full_weight() -> None:
    names = read("Title\n\nplain and `quoted` and snake_case and called() here").names
    assert names["snake_case"] == names["called"] == 1.0
    assert names["quoted"] > 1.0 > names["plain"]


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        ('  File "a/b.py", line 7, in run', Frame("a/b.py", 7, "run")),
        ("~/a/b.py in run(self)", Frame("~/a/b.py", 0, "run")),
        ("    at Object.run (/srv/a/b.js:7:13)", Frame("/srv/a/b.js", 7, "Object.run")),
        ("    at org.acme.Box.run(Box.java:7)", Frame("Box.java", 7, "run")),
        ("src/a/b.rs:7:13", Frame("src/a/b.rs", 7, "")),
    ],
)
def test_frames_of_several_languages_are_read(line: str, frame: Frame) -> None:
    assert read(f"It crashes\n\n{line}\n").frames == (frame,)


def test_the_message_under_a_traceback_is_a_quote() -> None:
    trace = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\n'
    text = f"T\n\n{trace}ValueError: the valve is stuck\n"
    assert "the valve is stuck" in read(text).quotes


def test_links_into_a_repository_name_a_path_and_other_links_nothing() -> None:
    query = read("T\n\nsee https://github.com/a/b/blob/main/src/x.py#L3 and https://example.org/page.html")
    assert list(query.paths) == ["src/x.py"]


def test_html_comments_are_not_read() -> None:
    assert "secret" not in read("T\n\n<!-- secret words\nof a template --> hello").words


def test_a_long_text_is_cut_to_its_head_and_tail() -> None:
    words = read("turbine\n" + "x1 " * LONGEST_TEXT + "\nvalve").words
    assert words.keys() >= {"turbine", "valve"}


@given(st.text(alphabet=st.sampled_from("aA_.:/\\`'\"<>!-#@(){}\n\t é中0"), max_size=400))
def test_any_text_gives_a_query(text: str) -> None:
    query = read(text)
    assert all(weight >= 0 for weight in query.words.values())


@pytest.mark.parametrize(
    "unit",
    ["a", "a.", "a/", "../", "<!--", "`", '"', "File ", "at a.b(", "::", "#", "(", "中", "\x00", "\n", "\t", " ", "a_B",
     "-", "https://", 'File "', "x.py in f(", "\r\n", "```\n", "~", "\\"],
)  # fmt: skip
def test_a_megabyte_of_anything_is_read_at_once(unit: str) -> None:
    """The suite's time limit is the assertion: a pattern that backtracks takes hours here."""
    read(unit * (1_000_000 // len(unit)))
