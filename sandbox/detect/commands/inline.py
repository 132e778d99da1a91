"""The shell scripts that a command is handed: as a word of its own, or as a file of the repository."""

from __future__ import annotations

import re

from sandbox.detect.commands import shell
from sandbox.detect.read.source import Source


def inline(words: tuple[str, ...]) -> str:
    """The script of `bash -c SCRIPT`."""
    if words and words[0] in ("bash", "sh", "/bin/bash", "/bin/sh", "dash", "zsh"):
        for number, word in enumerate(words[1:-1], 1):
            if re.fullmatch(r"-[a-z]*c", word):
                return words[number + 1]
            if not word.startswith("-") and word not in ("pipefail",):
                return ""
    return ""


def script_path(source: Source, words: tuple[str, ...], cwd: str) -> str:
    """The shell script of the repository that a command runs, empty where it runs none."""
    shells = ("bash", "sh", "source", ".", "zsh")
    options = [w for w in words[1:] if not w.startswith("-")] if words[0] in shells else []
    first = options[0] if options else words[0]
    if "/" not in first and not first.endswith(".sh") and not options:
        return ""
    path = shell.join(cwd, first)
    text = source.text(path)
    shebang = text.splitlines()[0] if text else ""
    shell_script = path.endswith((".sh", ".bash")) or re.match(r"#!.*\b(ba|da|z|k)?sh\b", shebang)
    return path if text and shell_script else ""
