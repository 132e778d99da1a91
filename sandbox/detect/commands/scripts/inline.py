"""The shell scripts that a command is handed: as a word of its own, or as a file of the repository."""

from __future__ import annotations

import re

from sandbox.detect.commands.scripts import shell
from sandbox.detect.read.source import Source

_SHELLS = ("bash", "sh", "/bin/bash", "/bin/sh", "/usr/bin/bash", "dash", "zsh", "ash", "ksh")
_OTHER_ENDS = frozenset(
    ("find", "xargs", "echo", "printf", "git", "watch", "parallel", "docker", "podman", "grep", "test", "[")
)
"""What is given a shell's command line to be run on something else, or only says it."""


def inline(words: tuple[str, ...]) -> str:
    """The script of `bash -c SCRIPT`, also behind a runner that we do not know, of `su USER -c SCRIPT` and of
    `eval SCRIPT`."""
    if not words:
        return ""
    if words[0] == "eval":
        return " ".join(words[1:])
    if words[0] in ("su", "runuser", "sg", "script") or words[:1] == ("npx",):
        return _after(words, 1)
    at = next((n for n, w in enumerate(words) if w in _SHELLS), -1)
    if at < 0 or (at and words[0].rpartition("/")[2] in _OTHER_ENDS):
        return ""
    return _after(words, at + 1) if not at or any(re.fullmatch(_COMMAND, w) for w in words[at + 1 : at + 4]) else ""


_COMMAND = r"-[a-z]*c|--command"


def _after(words: tuple[str, ...], start: int) -> str:
    """The script behind the option that a shell takes it with."""
    for number, word in enumerate(words[start:-1], start):
        if re.fullmatch(_COMMAND, word):
            return words[number + 1]
        if start == 1 and words[0] not in _SHELLS:
            continue
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
