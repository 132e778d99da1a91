"""Whether a file that its language can read cannot be read any more after a change: parsed aside, and never run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from posixpath import splitext

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
    root = str(Path(__file__).resolve().parents[3])
    env = {"PATH": os.defpath, "PYTHONPATH": root, "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-P", "-m", "workflows.review_pr.diff.parser_process"]
    asked = json.dumps([kind, before, after]).encode()
    try:
        done = subprocess.run(
            command, input=asked, capture_output=True, env=env, cwd="/", timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.stdout.strip() == b"true false"
