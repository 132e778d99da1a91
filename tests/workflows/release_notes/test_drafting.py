"""Whether a draft is ours, and as we left it: nobody's words are written over."""

from __future__ import annotations

import pytest

from workflows.release_notes.drafting import is_as_signed, signed


@pytest.mark.parametrize("text", ["### New\n\n- A (#1)\n", "x", "a\n\n\n", "é\r\nb"])
def test_what_we_wrote_is_known_as_ours_also_as_github_gives_it_back(text: str) -> None:
    body = signed(text)
    for same in (body, body.strip(), body.replace("\n", "\r\n")):
        assert is_as_signed(same)


@pytest.mark.parametrize(
    "edited",
    [
        signed("a\n").replace("a", "b"),
        signed("a\n") + "more",
        "more\n" + signed("a\n"),
        "a\n",
        "",
        "<!-- pullwright:notes:0123456789abcdef -->",
    ],
)
def test_what_somebody_edited_is_theirs(edited: str) -> None:
    assert not is_as_signed(edited)
