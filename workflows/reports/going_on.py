"""Has what runs several parts go on behind one that fails: what is not run can not be seen to break.

A part that fails with and without the change would keep all behind it from being run, on both sides alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_MAKE = re.compile(r"(?:[A-Za-z_]\w*=\S* +)*(?:g?make|bmake)(?= |$)")


def going_on(line: str) -> Mapping[str, str]:
    """Variables that have a command go on."""
    env = {"NEXTEST_NO_FAIL_FAST": "1"} if "nextest" in line else {}
    return {**env, "MAKEFLAGS": "k"} if _MAKE.match(line) else env
