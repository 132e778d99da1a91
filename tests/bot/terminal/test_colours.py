"""Colours: of a diff, where a terminal has them; and what a terminal without them is shown."""

from __future__ import annotations

import io

import pytest

from bot.terminal.colours import coloured, has_colours
from bot.terminal.live import LineScreen, LiveScreen, screen_for


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


DIFF = "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-old\n+new\n same\n"


def test_what_was_added_is_green_and_what_was_removed_red() -> None:
    lines = coloured(DIFF).split("\n")
    assert lines[4] == "\x1b[31m-old\x1b[0m"
    assert lines[5] == "\x1b[32m+new\x1b[0m"
    assert lines[6] == " same"
    assert lines[1].startswith("\x1b[1m---"), "a head is no removed line"


@pytest.mark.parametrize(
    ("term", "no_color", "has"),
    [("xterm-256color", "", True), ("xterm", "1", False), ("dumb", "", False), ("", "", False), ("unknown", "", False)],
)
def test_colours_are_for_terminals_that_have_them(
    term: str, no_color: str, has: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("NO_COLOR", no_color)
    assert has_colours(Terminal()) is has
    assert not has_colours(io.StringIO())


@pytest.mark.parametrize(("term", "kind"), [("xterm", LiveScreen), ("dumb", LineScreen), ("unknown", LineScreen)])
def test_a_terminal_that_cannot_be_redrawn_gets_lines(term: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", term)
    assert isinstance(screen_for(Terminal()), kind)
    assert isinstance(screen_for(io.StringIO()), LineScreen)
