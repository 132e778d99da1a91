"""What CI has other repositories' workflows do, which no checkout shows."""

from __future__ import annotations

from sandbox.detect.commands.ci import actions, github_workflows
from sandbox.detect.commands.ci.called import own
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence, Note
from sandbox.detect.read.yamltree import Text

_MOST_UNREAD = 6


def unread(source: Source) -> list[Note]:
    """Workflows of other repositories that this one's CI calls to check a change: what they run is not to be seen."""
    found: dict[str, Note] = {}
    for name in github_workflows.ordered(source)[: github_workflows.FILES]:
        path = f"{github_workflows.WORKFLOWS}/{name}"
        if github_workflows.OTHER_PURPOSE.search(name) or "uses:" not in source.text(path):
            continue
        for job in github_workflows.jobs(github_workflows.loaded(source, path)).values():
            called = job.get("uses")
            if not isinstance(called, Text) or own(source, called, path):
                continue
            inner = called.partition("@")[0]
            handed = actions.command(inner.lower(), github_workflows.texts(job.get("with")))
            if not handed and not github_workflows.OTHER_PURPOSE.search(inner.rpartition("/")[2]):
                place = Evidence(path, called.line, f"uses: {called}"[:200])
                found.setdefault(inner, Note(inner, "a workflow of another repository, which is not read", (place,)))
    return list(found.values())[:_MOST_UNREAD]
