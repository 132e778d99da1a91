"""Whether anything is left of the notes for a tag: asked for each tag that is deleted, so it costs one look."""

from __future__ import annotations

import sqlalchemy as sa

from workflows.release_notes.state import RELEASE, UNTIL_NAME
from workflows.store.run_rows import runs
from workflows.values import RunStatus

_MOST_RUNS = 60
"""Of the repository's release notes, the newest first."""


def left_of(db: sa.Connection, repository: str, tag: str) -> bool:
    """Whether notes of ours for a tag may stand somewhere: in a draft, in a pull request, or in one at work."""
    for row in runs.list_runs(db, repository=repository, workflow="release_notes", limit=_MOST_RUNS):
        of_it = tag in (row.state.get(UNTIL_NAME.key), (row.inputs.get("range") or {}).get("until"))
        stands = row.status is not RunStatus.ROLLED_BACK and not row.options.dry_run
        if of_it and stands and (row.status.active or row.state.get(RELEASE) or row.state.get("pull")):
            return True
    return False
