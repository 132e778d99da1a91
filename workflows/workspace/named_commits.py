"""The commits that a run's state names: whatever lies on this disk, its mirror has to hold them."""

from __future__ import annotations

from workflows.store.records import Run

READS = "reads_commits"
"""The key of a run's state with the commits, and tags by their whole names, that its steps read in the mirror."""


def foundation(run: Run) -> str:
    """The commit that the run's tree was laid out from, and that its journal begins with.

    `base_commit` is at first the same, and moves when the change is carried over to a newer base.
    """
    return str(run.state.get("laid_out_from") or run.state["base_commit"])


def built_on(run: Run) -> list[str]:
    """The commits of others that the run's state names."""
    laid_out = foundation(run) if "base_commit" in run.state else None
    named = (laid_out, run.state.get("base_commit"), run.state.get("tip"), *read_by(run))
    return list(dict.fromkeys(str(commit) for commit in named if commit))


def read_by(run: Run) -> list[str]:
    """The commits whose files a run reads in the mirror alone."""
    return [str(commit) for commit in run.state.get(READS) or ()]


def guided_by(run: Run) -> list[str]:
    """The commit of the default branch whose instructions the run follows, where it has any."""
    guide = run.state.get("guide") or {}
    return [str(guide["commit"])] if guide.get("paths") else []
