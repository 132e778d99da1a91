"""What an explanation came to: the model's answer, marked as such, and the files that it was given."""

from __future__ import annotations

from workflows.outcome import Outcome, Part
from workflows.store.records import Run
from workflows.text.escape import code
from workflows.text.model_words import quoted

_MOST_NAMED = 12


def outcome_of(run: Run) -> Outcome:
    said, read = str(run.state.get("answer_text") or ""), [str(path) for path in run.state.get("read") or ()]
    if not said:
        return Outcome("Not answered.", "neutral", 2, advice=("retry",))
    more = f" and {len(read) - _MOST_NAMED} more" if len(read) > _MOST_NAMED else ""
    named = ", ".join(code(path, 120) for path in read[:_MOST_NAMED]) + more
    at = str(run.state.get("source", ""))[:10]
    return Outcome(
        headline=f"Answered, from {len(read)} file{'' if len(read) == 1 else 's'}.",
        conclusion="success",
        exit_code=0,
        text=f"{quoted(said)}\n\nThe model was shown {named or 'no file'}, as at {code(at)}.",
        parts=(Part("read", tuple(read)),) if read else (),
        parts_are="Files that were read",
        facts={"answer": said, "files": read, "source": run.state.get("source")},
    )
