"""The parts of notes in a repository's own words, as GitHub reads `.github/release.yml`."""

from __future__ import annotations

import pytest

from workflows.release_notes.categories import OwnParts, own_parts

TEXT = """
changelog:
  exclude:
    labels: [Ignore]
  categories:
    - title: "Exciting  things"
      labels: [feature, Enhancement]
      exclude: {labels: [internal]}
    - title: Fixes
      labels: bug
    - labels: [no title]
    - title: Others
      labels: ["*"]
"""


@pytest.mark.parametrize(
    ("labels", "title"),
    [
        (("Feature",), "Exciting things"),
        (("enhancement", "bug"), "Exciting things"),
        (("feature", "internal"), "Others"),
        (("BUG",), "Fixes"),
        ((), "Others"),
    ],
)
def test_the_first_category_that_takes_a_label_counts(labels: tuple[str, ...], title: str) -> None:
    assert own_parts(TEXT).of(labels) == title


def test_what_is_kept_out_is() -> None:
    assert own_parts(TEXT).excludes(("ignore",))
    assert not own_parts(TEXT).excludes(("bug",))


@pytest.mark.parametrize("text", ["", "changelog: 3", "changelog: {categories: 7}", "- a", "{", "a: &a [*a]", "\0"])
def test_what_cannot_be_read_says_nothing(text: str) -> None:
    assert own_parts(text) == OwnParts()
