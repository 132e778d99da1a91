"""What CI has other repositories' workflows do, which no checkout shows."""

from __future__ import annotations

import re

from sandbox.detect.commands.ci import actions, github_workflows, order
from sandbox.detect.commands.ci.called import own
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence, Note
from sandbox.detect.read.yamltree import Text

_MOST_UNREAD = 6
_OF_OTHER_THINGS = re.compile(
    r"semantic|pull[-_]request[-_](title|name)|title|update|upgrade|label|semver|triage|\bbot\b|\bcla\b|\bdco\b|assign|auto-?merge|renovate"
    r"|greet|welcome|notif|slack|image|docker|project|milestone|cache|sync|mirror|spdx|sbom|dependency"
)
"""Workflows that look at a pull request and not at the code."""


def unread(source: Source) -> list[Note]:
    """Workflows of other repositories that this one's CI calls to check a change: what they run is not to be seen."""
    found: dict[str, Note] = {}
    for name in order.ordered(source)[: github_workflows.FILES]:
        path = f"{order.WORKFLOWS}/{name}"
        if order.OTHER_PURPOSE.search(name) or "uses:" not in source.text(path):
            continue
        for job in github_workflows.jobs(github_workflows.loaded(source, path)).values():
            called = job.get("uses")
            if not isinstance(called, Text) or own(source, called, path):
                continue
            inner = called.partition("@")[0]
            handed = actions.command(inner.lower(), github_workflows.texts(job.get("with")))
            name = inner.rpartition("/")[2].lower()
            if not handed and not order.OTHER_PURPOSE.search(name) and not _OF_OTHER_THINGS.search(name):
                place = Evidence(path, called.line, f"uses: {called}"[:200])
                found.setdefault(inner, Note(inner, "a workflow of another repository, which is not read", (place,)))
    return list(found.values())[:_MOST_UNREAD]
