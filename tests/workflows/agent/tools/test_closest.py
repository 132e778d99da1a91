"""Where a text nearly is that an edit did not find, in whatever file."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workflows.agent.tools.closest import closest_lines


@given(st.text(max_size=200), st.text(min_size=1, max_size=20))
def test_the_closest_lines_are_found_in_any_text(text: str, wanted: str) -> None:
    closest_lines(text, wanted)


def test_the_closest_lines_of_a_large_file_are_found_without_comparing_everything() -> None:
    text = "\n".join(["same"] * 200_000)
    assert "closest" in closest_lines(text, "\n".join(["same"] * 2000 + ["other"]))


def test_the_place_is_told_in_which_most_lines_stand_as_they_were_asked_for() -> None:
    text = "a\nb\nx\na\nb\nc\r\ny"
    assert closest_lines(text, "a\nb\nc\nd") == "The closest lines are:\n     4\ta\n     5\tb\n     6\tc\n     7\ty"


def test_of_places_that_are_as_good_the_first_is_told() -> None:
    assert "     1\ta" in closest_lines("a\nb\na\nb", "  a\n  b")


def test_nothing_is_made_up_where_nothing_resembles_it() -> None:
    assert closest_lines("alpha\nbeta", "0123456789") == "Nothing resembles it: read the file again."
    assert closest_lines("", "x") == "Nothing resembles it: read the file again."
    assert closest_lines("alpha", " \n\t") == "It holds only white space."


def test_lines_are_shown_so_that_what_cannot_be_seen_is() -> None:
    assert "\x1b" not in closest_lines("def f(\x1b[31m):\n    pass", "def f():\n    pass")
