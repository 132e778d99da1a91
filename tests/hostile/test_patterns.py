"""No pattern of ours can be made slow by what it reads.

Python's patterns hold the interpreter while they work: one that takes a minute on a hostile file stops the whole
server for a minute. Each is tried on what it repeats itself, short for those that would never end and long for those
whose time grows with the square.
"""

from __future__ import annotations

import signal
from types import FrameType

import pytest

import bot
import sandbox
import workflows
from tests.hostile.patterns import patterns, pumps

_LENGTHS = (300, 20_000)
_SECONDS = 1.0
"""Of the processor's time, which others at work do not change: a hundred times what a linear pattern needs."""
_LONGEST = {
    "workflows.reports.formats.complaints": 1_000,  # it reads lines, and no more of them
    "sandbox.detect.commands.bodies": 1_000,
    "bot.telegram": 4_096,  # a message
}


@pytest.mark.at_length
def test_no_pattern_is_slow_on_what_it_repeats() -> None:
    slow = []

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        for used in patterns((bot, workflows, sandbox)):
            longest = next((most for room, most in _LONGEST.items() if used.where.startswith(room)), max(_LENGTHS))
            for begin, unit in sorted(pumps(used.pattern)):
                for length in _LENGTHS:
                    text = begin + unit * (min(length, longest) // len(unit) + 1) + "\x00!"
                    signal.setitimer(signal.ITIMER_VIRTUAL, _SECONDS)
                    try:
                        used(text)
                    except TimeoutError:
                        slow.append((used.where, begin[-20:], unit, length))
                        break
                    finally:
                        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.signal(signal.SIGVTALRM, before)
    assert "\n".join(map(repr, slow)) == ""
