"""Every rule of every table of tools, whatever words a call has."""

from __future__ import annotations

import pytest

from sandbox.detect.tools import javascript, more, others, python

RULES = {name: rule for tools in (javascript, more, others, python) for name, rule in tools.RULES.items()}
REST: tuple[tuple[str, ...], ...] = (
    (),
    ("",),
    ("\x00", "é"),
    ("$X",),
    ("-",),
    ("--",),
    ("--check",),
    ("-c",),
    ("=",),
    ("test", ""),
    ("a" * 5000,),
)


@pytest.mark.parametrize("name", sorted(RULES))
def test_no_words_break_a_rule(name: str) -> None:
    for rest in REST:
        RULES[name]((name, *rest))
