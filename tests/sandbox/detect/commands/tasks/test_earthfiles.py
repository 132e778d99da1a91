"""Targets of an Earthfile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect.commands.tasks import earthfiles
from sandbox.detect.read.source import Source

Write = Callable[[Mapping[str, str]], Path]

FILE = """VERSION 0.8
ARG --global GO=1.22
deps:
    FROM golang:$GO
    RUN --mount=type=cache,target=/root/.cache go mod download
unit: # the tests
    FROM +deps
    ARG tags="unit"
    COPY . .
    RUN go test -tags $tags \\
        ./...
all:
    BUILD +unit
    BUILD ./web+test
loop:
    BUILD +loop
    RUN echo again
"""
WEB = "test:\n    RUN npm test\nlint:\n    RUN npm run lint\n"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("+unit", [("go mod download", "."), ("go test -tags unit ./...", ".")]),
        ("./web+test", [("npm test", "web")]),
        ("+all", [("go mod download", "."), ("go test -tags unit ./...", "."), ("npm test", "web")]),
        ("+loop", [("echo again", ".")]),
        ("+absent", []),
        ("../elsewhere+test", []),
    ],
)
def test_a_target_runs_what_it_needs_and_then_its_own(
    write: Write, target: str, expected: list[tuple[str, str]]
) -> None:
    source = Source(write({"Earthfile": FILE, "web/Earthfile": WEB}))
    assert [(" ".join(b.script.split()), b.cwd) for b in earthfiles.earthly(source, ".", target)] == expected


def test_a_call_names_its_targets(write: Write) -> None:
    source = Source(write({"Earthfile": FILE, "web/Earthfile": WEB}))
    assert earthfiles.targets(source) == ["+deps", "+unit", "+all", "+loop"]
    found = earthfiles.task(source, ("earthly", "--ci", "./web+test", "+absent"), ".")
    assert found is not None
    assert (found[0], [body.script for body in found[1]]) == ("earthly ./web+test +absent", ["npm test"])
    assert earthfiles.task(source, ("earthly", "bootstrap"), ".") is None
