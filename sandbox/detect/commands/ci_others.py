"""What systems other than GitHub's run: read lightly, for their commands alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source
from sandbox.detect.read.yamltree import Text

_FILES = (
    ".gitlab-ci.yml",
    ".travis.yml",
    "azure-pipelines.yml",
    ".circleci/config.yml",
    ".cirrus.yml",
    "appveyor.yml",
    ".appveyor.yml",
    ".woodpecker.yml",
    ".drone.yml",
    "bitbucket-pipelines.yml",
    ".buildkite/pipeline.yml",
    ".semaphore/semaphore.yml",
)
_HOLDERS = frozenset({"script", "bash", "run", "command", "test_script", "cmd", "commands"})


def scripts(source: Source) -> Iterator[tuple[str, Text, bool]]:
    """(path, script, whether its failure is tolerated) of lists and texts under the keys that hold commands."""
    for path in _FILES:
        text = source.text(path)
        if text and len(text) < 60_000:
            for script, tolerated in islice(_commands(yamltree.load(text), False, False), 200):
                yield path, script, tolerated


def _commands(data: object, inside: bool, tolerated: bool) -> Iterator[tuple[Text, bool]]:
    if isinstance(data, Text):
        if inside:
            yield data, tolerated
    elif isinstance(data, list):
        for item in data:
            yield from _commands(item, inside, tolerated)
    elif isinstance(data, dict):
        allowed = data.get("allow_failure") or data.get("continueOnError")
        tolerated = tolerated or str(allowed).lower() == "true"
        for key, value in data.items():
            holds = key in _HOLDERS or bool(re.search(r"_script$", key))
            yield from _commands(value, holds, tolerated)
