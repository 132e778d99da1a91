"""A history that is cut off, as in a shallow clone: what is older is not here, and has to be said to be missing."""

from __future__ import annotations

from sandbox.git.history import History

REMEDY = "`git fetch --unshallow --tags` brings the rest."


def is_cut_off(history: History) -> bool:
    """Whether anything is missing at all: then nobody is known to be here for the first time."""
    return history.git.run("rev-parse", "--is-shallow-repository").strip() == b"true"


def missing_in(history: History, since: str, until: str) -> str:
    """What is missing of what is new at `until` since `since` ("" for all of it), as sentences; "" for nothing."""
    if not is_cut_off(history):
        return ""
    without = ("--not", since) if since else ()
    if not history.git.run("rev-list", "--max-parents=0", "--max-count=1", until, *without).strip():
        return ""
    return f"The history here is cut off (a shallow clone), so what is older is not told. {REMEDY}"
