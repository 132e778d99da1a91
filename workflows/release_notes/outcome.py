"""What release notes came to: the text, and how many of the range's pull requests stand in it."""

from __future__ import annotations

from workflows.outcome import Outcome
from workflows.store.records import Run
from workflows.text.escape import code, plain


def outcome_of(run: Run) -> Outcome:
    notes, facts = str(run.state.get("notes") or ""), run.state.get("facts") or {}
    since, until = str(run.state.get("since") or ""), str(run.state.get("until_name") or "")
    if not notes:
        return Outcome("Not written.", "neutral", 2, advice=("retry",))
    behind = f"since {plain(since)}" if since else "from the beginning"
    held, left = run.state.get("release") or {}, str(run.state.get("release_left") or "")
    done = "published" if run.state.get("published") else "drafted"
    where = f" Release {code(str(held['tag']))} is {done}." if held else f" {left}" if left else ""
    count = int(facts.get("changes", 0))
    what = f"{count} change{'' if count == 1 else 's'} {behind}" if count else f"Nothing changed {behind}"
    return Outcome(
        headline=f"{what}: {facts.get('pulls', 0)} of {facts.get('of', 0)} pull requests placed.{where}",
        conclusion="success",
        exit_code=0,
        text=notes,
        facts={"notes": notes, "since": since, "until": until, "release": held.get("url"), **facts},
    )
