"""Spans in the words of OTLP, made from what the database holds: so nothing is measured twice, or while it happens.

Their ids follow from those of the rows. What is told twice, after a crash or by another worker, is the same span.
https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from workflows.store.traces import EndedAttempt, EndedRun

_INTERNAL = 1
_OK, _ERROR = 1, 2
_WRONG = ("failed", "interrupted")
_NAME, _VERSION = "pullwright", version("pullwright")


@dataclass(frozen=True, slots=True)
class Span:
    """`begins` and `ends` in seconds since the epoch; `parent` is "" at the root of a trace."""

    trace: str
    id: str
    parent: str
    name: str
    begins: float
    ends: float
    wrong: bool
    facts: Mapping[str, str | int]


def of_run(run: EndedRun) -> Span:
    """The root of a run's trace. One that is gone on with ends anew, later."""
    facts = {**_facts(run.id, run.workflow, run.repository), "pullwright.status": run.status}
    wrong = run.status in _WRONG
    return Span(_trace(run.id), _root(run.id), "", f"run {run.workflow}", run.created_at, run.ended_at, wrong, facts)


def of_attempt(one: EndedAttempt) -> Span:
    """An attempt at a step."""
    facts = _facts(one.run, one.workflow, one.repository)
    facts |= {"pullwright.step": one.step, "pullwright.status": one.status, "pullwright.attempt": one.attempt}
    span, name, wrong = _hash(f"attempt {one.id} of {one.run}", 8), f"step {one.step}", one.status in _WRONG
    return Span(_trace(one.run), span, _root(one.run), name, one.started_at, one.ended_at, wrong, facts)


def as_otlp(spans: Iterable[Span]) -> dict[str, Any]:
    """The body of a request to `/v1/traces`."""
    scope = {"scope": {"name": _NAME, "version": _VERSION}, "spans": [_plain(one) for one in spans]}
    resource = {"attributes": _attributes({"service.name": _NAME, "service.version": _VERSION})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}


def _plain(span: Span) -> dict[str, Any]:
    found = {
        "traceId": span.trace,
        "spanId": span.id,
        "name": span.name,
        "kind": _INTERNAL,
        "startTimeUnixNano": _nanoseconds(span.begins),
        "endTimeUnixNano": _nanoseconds(max(span.begins, span.ends)),
        "attributes": _attributes(span.facts),
        "status": {"code": _ERROR if span.wrong else _OK},
    }
    return {**found, "parentSpanId": span.parent} if span.parent else found


def _attributes(facts: Mapping[str, str | int]) -> list[dict[str, Any]]:
    """64-bit numbers are strings there."""
    return [
        {"key": name, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for name, value in facts.items()
    ]


def _facts(run: str, workflow: str, repository: str) -> dict[str, str | int]:
    """No words of people, models or repositories: what a trace is for is where the time went."""
    return {"pullwright.run": run, "pullwright.workflow": workflow, "pullwright.repository": repository}


def _trace(run: str) -> str:
    return _hash(f"run {run}", 16)


def _root(run: str) -> str:
    return _hash(f"root of {run}", 8)


def _hash(text: str, size: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[: 2 * size]


def _nanoseconds(at: float) -> str:
    return str(round(at * 1e6) * 1000)
