"""What CI's files that are no plain lists of scripts run: Jenkinsfiles, Cloud Build's steps, SourceHut's tasks."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

from sandbox.detect.commands.scripts.shell import join
from sandbox.detect.read.source import Source, strings
from sandbox.detect.read.yamltree import Text

JENKINS = (
    "Jenkinsfile",
    "jenkinsfile",
    "Jenkinsfile.groovy",
    ".jenkins/Jenkinsfile",
    "ci/Jenkinsfile",
    "jenkins/Jenkinsfile",
)
_MOST = 200
_STEP = re.compile(
    r"\b(?:sh|bash)\b[ \t]{0,8}\(?\s{0,20}(?:script[ \t]{0,4}:[ \t]{0,4})?"
    r"(?:'''((?:(?!''').){0,4000})'''|\"\"\"((?:(?!\"\"\").){0,4000})\"\"\"|'((?:[^'\\\n]|\\.){0,2000})'|\"((?:[^\"\\\n]|\\.){0,2000})\")",
    re.S,
)
_DIR = re.compile(r"\bdir[ \t]{0,4}\([ \t]{0,4}['\"]([\w./-]{1,200})['\"][ \t]{0,4}\)\s{0,20}\{")


def jenkins(source: Source) -> Iterator[tuple[str, Text, str]]:
    """(file, script, directory) of each `sh` of a Jenkinsfile."""
    for path in JENKINS:
        text = source.text(path)[:120_000]
        if not text:
            continue
        code = re.sub(r"^[ \t]*//.*$", lambda m: " " * len(m[0]), text, flags=re.M)
        places = [(m.start(), _closed(code, m.end()), m.group(1)) for m in _DIR.finditer(code)][:60]
        for number, found in enumerate(_STEP.finditer(code)):
            if number >= _MOST:
                break
            script = next((g for g in found.groups() if g), "")
            script = script if found.group(1) or found.group(2) else script.replace("\\'", "'").replace('\\"', '"')
            cwd = "."
            for start, end, directory in places:
                if start < found.start() < end:
                    cwd = join(cwd, directory)
            yield path, Text(script, code.count("\n", 0, found.start()) + 1), cwd


def _closed(text: str, start: int) -> int:
    """Where the block that is open at `start` ends."""
    depth = 1
    for at, character in enumerate(text[start : start + 20_000], start):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0:
            return at
    return len(text)


def steps(data: dict[str, Any]) -> Iterator[tuple[Text, str]]:
    """(script, directory) of the steps of Cloud Build, each an image with its arguments, and of SourceHut's tasks."""
    for step in _dicts(data.get("steps")):
        name, entry, args = str(step.get("name") or ""), str(step.get("entrypoint") or ""), strings(step.get("args"))
        program = entry or re.sub(r"[:@].*$", "", name).rpartition("/")[2]
        if args and program:
            line = getattr((step.get("args") or [""])[0], "line", 0)
            yield Text(shlex.join([program, *args]), line), str(step.get("dir") or ".")
    for one in _dicts(data.get("tasks")):
        for script in one.values():
            if isinstance(script, Text):
                yield script, "."


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)][:100] if isinstance(value, list) else []
