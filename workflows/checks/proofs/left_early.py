"""Files of tests that the new code ends before their first test: nobody touched them, and they report nothing more."""

from __future__ import annotations

import posixpath

from workflows.checks.change.mixed_trees import Mixed
from workflows.checks.ran import Ran


def left_early(base: Ran, head: Ran, mixed: Mixed, cwd: str = ".", *, as_before: bool = False) -> tuple[str, ...]:
    """Files that ran tests on the base and end well without any on the head, where the runner tells of such.

    With `as_before` the head's run was one of the base's tests, so that nobody has touched any.
    """
    named = (posixpath.normpath(posixpath.join(cwd, name)) for name in head.bare - base.bare)
    touched = () if as_before else {*mixed.edited, *mixed.fresh}
    return tuple(sorted(name for name in named if name in mixed.paths and name not in touched))
