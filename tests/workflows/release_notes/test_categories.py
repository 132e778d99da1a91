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


def test_authors_are_kept_out_with_and_without_what_makes_them_bots() -> None:
    parts = own_parts(
        "changelog:\n  exclude: {authors: [Dependabot, 'renovate[bot]']}\n  categories:\n"
        "    - {title: People, labels: ['*'], exclude: {authors: octobot}}\n    - {title: Others, labels: ['*']}\n"
    )
    kept_out = [who for who in ("dependabot[bot]", "dependabot", "renovate", "alice", "") if parts.excludes((), who)]
    assert kept_out == ["dependabot[bot]", "dependabot", "renovate"]
    assert (parts.of((), "Alice"), parts.of((), "octobot[bot]")) == ("People", "Others")


@pytest.mark.parametrize("text", ["", "changelog: 3", "changelog: {categories: 7}", "- a", "{", "a: &a [*a]", "\0"])
def test_what_cannot_be_read_says_nothing(text: str) -> None:
    assert own_parts(text) == OwnParts()
