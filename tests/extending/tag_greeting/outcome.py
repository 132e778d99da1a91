"""What a greeting came to: the tag, its commit, and the number of its files."""

from __future__ import annotations

from workflows.outcome import Outcome, Part
from workflows.store.records import Run
from workflows.text.escape import code


def outcome_of(run: Run) -> Outcome:
    tag, commit, files = run.state.get("tag"), run.state.get("greeted_commit"), run.state.get("files")
    if files is None:  # it is asked of runs under way, too
        return Outcome("Not counted.", "neutral", 2)
    return Outcome(
        headline=f"Hello, {code(str(tag))}: {files} file{'' if files == 1 else 's'} at {code(str(commit)[:10])}.",
        conclusion="success",
        exit_code=0,
        parts=(Part("Tag", (str(tag),)), Part("Commit", (str(commit),)), Part("Files", (str(files),))),
        facts={"tag": tag, "tagged": commit, "files": files},
    )
