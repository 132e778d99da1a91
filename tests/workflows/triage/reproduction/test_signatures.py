"""What an error is known by: the same one told twice, and two that only look alike."""

from __future__ import annotations

import pytest

from workflows.triage.reproduction.signatures import ends_of, signature_of

PATHS = ends_of(("src/pkg/slugs.py", "web/app.js", "README.md", "pkg/slugs.py"))
PYTHON = """Traceback (most recent call last):
  File "/usr/lib/python3.11/runpy.py", line 196, in _run
  File "/home/me/venv/site-packages/pkg/slugs.py", line 12, in slugify
    raise KeyError(name)
KeyError: 'Ä' at 0x7f3a
"""


def test_frames_count_only_where_they_are_in_the_repository() -> None:
    found = signature_of(PYTHON, PATHS)
    assert found.frames == {("pkg/slugs.py", "slugify")}
    assert found.names == {"KeyError"}
    assert signature_of(PYTHON).frames == frozenset()


@pytest.mark.parametrize(
    "other",
    [
        "It ends with `KeyError: 'ß' at 0x1` sometimes.\n\nKeyError: 'ß' at 0x1234",
        "builtins.KeyError: 'x' at 0x99",
        'E   KeyError: "é" at 0xff',
    ],
)
def test_numbers_names_and_addresses_do_not_make_an_error_another_one(other: str) -> None:
    assert signature_of(PYTHON, PATHS).shares(signature_of(other, PATHS)) == "the same error: KeyError: * at *"


@pytest.mark.parametrize(
    "other",
    ["KeyError: nothing like it", "ValueError: 'Ä' at 0x7f3a", "The key error stays.", "", "Error", ": : :" * 2_000],
)
def test_what_only_sounds_like_it_shares_nothing(other: str) -> None:
    assert signature_of(PYTHON, PATHS).shares(signature_of(other, PATHS)) == ""


def test_the_same_place_is_shared_where_the_errors_differ() -> None:
    said = "TypeError: a is not a function\n    at draw (https://x.test/assets/web/app.js:10:2)\n"
    again = "RangeError: too deep\n    at draw (web/app.js:99:1)"
    assert signature_of(said, PATHS).shares(signature_of(again, PATHS)) == "the same place: web/app.js, draw"
