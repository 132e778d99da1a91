"""Finding a repository's set-up, test, lint and type-check commands by reading its files; nothing is run.

Manifests and the ecosystems' habits propose, CI and the contributors' guide confirm, and every
command carries the lines that speak for it. Linters and type checkers need a witness: a
repository that has none has none.
"""

from __future__ import annotations

from pathlib import Path

from sandbox.detect.read.values import Detection, Evidence, Found, Note, to_json

__all__ = ["Detection", "Evidence", "Found", "Note", "detect", "to_json"]


def detect(root: Path) -> Detection:
    """The commands of the repository at `root`. Blocking, reads files only, never raises on what they hold.

    What finds them is loaded now: it is four megabytes, and most who know a detection only read it.
    """
    from sandbox.detect import whole

    return whole.detect(root)
