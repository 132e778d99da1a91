"""JSON reports: Jest and Vitest, Mocha, RSpec, and the event stream of `go test -json`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from workflows.reports.values import Report, Tally

Json = Any

_STATES = {"passed": "passed", "failed": "failed", "pending": "skipped", "skipped": "skipped", "todo": "skipped"}
_MOST_LINES = 200
_GO_BROKEN = re.compile(rb"FAIL\t(\S+) \[(?:build|setup) failed\]\s*$")
_GO = {"pass": "passed", "fail": "failed", "skip": "skipped"}


def jest(data: bytes) -> Report | None:
    """`jest --json` and Vitest's JSON reporter. A file that could not run counts as one failure."""
    document = _load(data)
    files = _list(document, "testResults")
    if files is None:
        return None
    tally = Tally()
    for file in files:
        path = _place(_text(file, "name") or _text(file, "testFilePath"))
        cases = _list(file, "assertionResults") or []
        for case in cases:
            titles = [str(title) for title in _list(case, "ancestorTitles", None) or ()]
            name = " > ".join([path, *titles, _text(case, "title") or _text(case, "fullName")])
            said = "\n".join(str(text) for text in _list(case, "failureMessages", None) or ())
            tally.add(name, _STATES.get(_text(case, "status"), ""), said)
        if not cases and _text(file, "status") == "failed":
            tally.add(path, "failed", _text(file, "message"))
    return tally.report()


def mocha(data: bytes) -> Report | None:
    """Mocha's JSON reporter."""
    document = _load(data)
    if not isinstance(document, dict) or not isinstance(document.get("stats"), dict):
        return None
    tally = Tally()
    for key, status in (("passes", "passed"), ("failures", "failed"), ("pending", "skipped")):
        for case in _list(document, key) or ():
            tally.add(_text(case, "fullTitle") or _text(case, "title"), status, _said(case, "err"))
    return tally.report()


def rspec(data: bytes) -> Report | None:
    """RSpec's JSON formatter. Errors outside of examples count as failures."""
    document = _load(data)
    examples = _list(document, "examples")
    if examples is None:
        return None
    tally = Tally()
    for example in examples:
        name = f"{_text(example, 'file_path')} {_text(example, 'full_description')}"
        tally.add(name, _STATES.get(_text(example, "status"), ""), _said(example, "exception"))
    summary = document.get("summary") if isinstance(document, dict) else None
    outside = summary.get("errors_outside_of_examples_count") if isinstance(summary, dict) else 0
    for number in range(min(outside, 100) if isinstance(outside, int) else 0):
        tally.add(f"error {number + 1} outside of the examples", "failed")
    return tally.report()


def go(data: bytes) -> Report:
    """The events of `go test -json`. A package that failed without a failed test (a build error) is one failure.

    An empty report where there are none: before Go 1.24 what could not be built is told among them in plain words.
    What the compiler says is in the events from then on; before, it is printed beside them, and nothing is said here.
    """
    tally = Tally()
    seen = False
    broken: set[str] = set()
    said: dict[str, list[str]] = {}
    for event in _go_events(data):
        seen = True
        package, test, action = _text(event, "Package"), _text(event, "Test"), _text(event, "Action")
        package = package or _text(event, "ImportPath")
        name = f"{package}.{test}" if test else package
        if action in ("output", "build-output") and len(said.setdefault(name, [])) < _MOST_LINES:
            said[name].append(_text(event, "Output"))
        if test and action in _GO:
            tally.add(name, _GO[action], "".join(said.pop(name, ())))
            if action == "fail":
                broken.add(package)
        elif action == "fail" and package not in broken:
            own = [line for line in said.get(package, ()) if not _GO_BROKEN.match(line.encode())]
            tally.add(package, "failed", "".join([*said.get(_text(event, "FailedBuild"), ()), *own]))
            broken.add(package)
    for line in data.splitlines():
        if (found := _GO_BROKEN.match(line)) and (package := found[1].decode("utf-8", "replace")) not in broken:
            seen = True
            tally.add(package, "failed")
    return tally.report() if seen else Report()


def go_text(data: bytes) -> str:
    """What `go test` would have printed without -json."""
    said = []
    for line in data.splitlines(keepends=True):
        event = _go_event(line)
        said.append(line.decode("utf-8", "replace") if event is None else _text(event, "Output"))
    return "".join(said)


def _go_events(data: bytes) -> Iterator[dict[str, Json]]:
    for line in data.splitlines():
        if (event := _go_event(line)) is not None:
            yield event


def _go_event(line: bytes) -> dict[str, Json] | None:
    event = _load(line) if line.startswith(b'{"') else None
    return event if isinstance(event, dict) and "Action" in event else None


def _load(data: bytes) -> Json:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):  # ValueError is bad JSON, bad UTF-8 and absurd integers alike
        return None


def _list(value: Json, key: str, kind: type | None = dict) -> list[Json] | None:
    """The list under `key`, without members that are not of `kind`; None where there is no list."""
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, list):
        return None
    return [item for item in found if kind is None or isinstance(item, kind)]


def _said(case: dict[str, Json], key: str) -> str:
    """What a JSON report says about a failure: the class, the message and where it came from."""
    found = case.get(key)
    if not isinstance(found, dict):
        return ""
    trace = found.get("backtrace")
    parts = [_text(found, name) for name in ("class", "name", "message", "stack")]
    return "\n".join([*filter(None, parts), *(str(line) for line in (trace if isinstance(trace, list) else ())[:20])])


def _text(value: dict[str, Json], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _place(path: str) -> str:
    return path.removeprefix("/work/")
