"""JUnit XML, as pytest, Surefire, Gradle, PHPUnit, Vitest and many others write it.

The XML comes out of a sandbox and may be hostile. It is read as a stream by expat, so memory
stays flat; a DOCTYPE ends the reading, and without one there are no entities to expand.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from xml.parsers import expat

from workflows.reports.values import Report, Tally

MAX_CASES = 500_000
_MOST_SAID = 20_000
_HEIR = re.compile(r"([a-z_]\w*(?:\.[a-z_]\w*)*)((?:\.[A-Z]\w*)+)")
"""Module and classes. Where a test is inherited, pytest gives the file in which the function stands, and only the class
says where it is run."""
_ENCODINGS = frozenset({"utf-8", "utf8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})


def parse(data: bytes) -> Report | None:
    """The results of all test cases; None where this is no JUnit XML, is cut short, or has a DOCTYPE."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.XmlDeclHandler = reader.declaration
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, _Refused, ValueError, LookupError):
        # expat looks up the codec that the declaration names, and hostile names raise LookupError or ValueError
        return None
    return reader.tally.report() if reader.is_junit else None


class _Refused(Exception):
    """The document holds what no report needs."""


class _Reader:
    def __init__(self) -> None:
        self.tally = Tally()
        self.is_junit = False
        self._cases = 0
        self._name = ""
        self._status = ""
        self._said: list[str] = []
        self._room = 0
        """Characters of what is said about a failure that are still taken; none outside of one."""

    def declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        """Any codec of Python's could be named there, and some are no encodings of texts."""
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise _Refused

    def doctype(self, *_: object) -> None:
        raise _Refused

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition("}")[2]
        if tag in ("testsuite", "testsuites"):
            self.is_junit = True
        elif tag == "testcase":
            self._cases += 1
            if self._cases > MAX_CASES:
                raise _Refused
            self._name, self._status, self._said = _name(attributes), "passed", []
        elif tag in ("failure", "error") and self._status:
            self._status, self._room = "failed", _MOST_SAID
            self._said.append(f"{attributes.get('message', '')[:_MOST_SAID]}\n")
        elif tag == "skipped" and self._status == "passed":
            self._status = "skipped"

    def text(self, data: str) -> None:
        if self._room > 0:
            self._said.append(data[: self._room])
            self._room -= len(data)

    def end(self, tag: str) -> None:
        if tag in ("failure", "error"):
            self._room = 0
        if tag == "testcase":
            self.tally.add(self._name, self._status, "".join(self._said))
            self._status = ""


def _name(attributes: dict[str, str]) -> str:
    """The id of a case: pytest's node id where the file is known, else class and name."""
    name, group, file = (attributes.get(key, "") for key in ("name", "classname", "file"))
    if not file.endswith(".py"):
        return f"{group}.{name}" if group and group != name else name or group
    module = ".".join(PurePosixPath(file).with_suffix("").parts)
    if not group:  # a file that could not even be collected
        return file
    if not f"{group}.".startswith(f"{module}.") and (heir := _HEIR.fullmatch(group)):
        file, module = f"{heir[1].replace('.', '/')}.py", heir[1]
    classes = (
        group.removeprefix(module).strip(".").replace(".", "::") if f"{group}.".startswith(f"{module}.") else group
    )
    return "::".join(part for part in (file, classes, name) if part)
