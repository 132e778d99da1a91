"""Whether a file that its language can read cannot be read any more after a change: parsed aside, and never run."""

from __future__ import annotations

import json
import subprocess
from posixpath import splitext

from sandbox.processes import own_program
from workflows.localize.languages import language

_MOST = 300_000
_SECONDS = 10.0
_DATA = frozenset({".json", ".toml", ".yml", ".yaml"})


def breaks(path: str, before: str, after: str) -> bool:
    """Whether `before` parses and `after` does not; False for what nobody here can parse.

    Parsers are fed with what strangers wrote, so they work in a process of their own, bounded in time and memory.
    """
    kind = splitext(path)[1].lower() if splitext(path)[1].lower() in _DATA else language(path)
    if not kind or max(len(before), len(after)) > _MOST:
        return False
    program = own_program.command("workflows.review_pr.diff.parser_process")
    try:
        done = own_program.run(program, _SECONDS, given=json.dumps([kind, before, after]).encode())
    except subprocess.TimeoutExpired:
        return False
    return done.stdout.strip() == b"true false"
