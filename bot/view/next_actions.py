"""What can be done with a run now, as commands to paste: in a comment on GitHub, and where Pullwright runs.

A run of a server is gone on with by comments: on the server's own machine a command that works
on runs would wait until the server ends.
"""

from __future__ import annotations

from collections.abc import Iterator

from workflows.advice import step_of
from workflows.registry import entry_of, outcome_of
from workflows.store.records import Run, Snapshot
from workflows.values import RunStatus

_ROLLBACK = "rollback"
_RESUME = "resume"
_LARGER = "resume with a larger budget"


def as_comments(snapshot: Snapshot) -> list[str]:
    """Slash commands, most useful first."""
    run = snapshot.run
    match run.status:
        case RunStatus.FAILED | RunStatus.ABORTED:
            again = entry.command if (entry := entry_of(run)) else ""
            suggested = [*(_slash(run, words) for words in _advice(snapshot)), f"/{again}" if again else ""]
            return [words for words in dict.fromkeys(suggested) if words]
        case RunStatus.WAITING if snapshot.question and snapshot.question.kind == "approval":
            return ["/approve", "/reject REASON"]
        case RunStatus.COMPLETED:
            return [f"/{words}" for words in outcome_of(run).advice if _is_there(snapshot, words)]
        case _:
            return []


def of_server(run: Run) -> bool:
    """Whether a server works on the run, and whoever steers it does so on its forge."""
    return bool(run.inputs.get("forge")) and not run.options.dry_run


def on_server(snapshot: Snapshot) -> list[str]:
    """Commands of the command line, most useful first."""
    return [command for command in _commands(snapshot) if command]


def _commands(snapshot: Snapshot) -> Iterator[str]:
    run = snapshot.run
    if of_server(run) and run.status is not RunStatus.COMPLETED:
        yield f"pullwright show {run.id}"
        if run.status.active or run.status is RunStatus.WAITING:
            yield f"pullwright abort {run.id}"
        return
    match run.status:
        case RunStatus.COMPLETED:
            yield f"pullwright show {run.id}"
            if _changes(run):
                yield f"pullwright diff {run.id}"
            if _changes(run) and not run.options.dry_run and not of_server(run):
                yield f"pullwright rollback {run.id} --hard"
        case RunStatus.WAITING if snapshot.question and snapshot.question.kind == "question":
            yield from (f'pullwright answer {run.id} "..."', f"pullwright abort {run.id}")
        case RunStatus.WAITING:
            yield from (f"pullwright approve {run.id}", f'pullwright reject {run.id} "REASON"')
        case RunStatus.PENDING | RunStatus.RUNNING:
            yield from (f"pullwright resume {run.id}", f"pullwright abort {run.id}")
        case RunStatus.ROLLED_BACK:
            yield f"pullwright show {run.id}"
        case RunStatus.FAILED | RunStatus.ABORTED:
            yield f"pullwright show {run.id}"
            yield from dict.fromkeys(_shell(run, words) for words in _advice(snapshot))


def _advice(snapshot: Snapshot) -> list[str]:
    """What the run's last step advises, and to take everything back, where there can be anything."""
    run = snapshot.run
    advice = [words for words in run.advice or (_RESUME, f"retry {run.current_step}") if _is_there(snapshot, words)]
    return advice if _ROLLBACK in advice or not _changes(run) else [*advice, _ROLLBACK]


def _changes(run: Run) -> bool:
    """Whether there can be something to compare or to take back."""
    entry = entry_of(run)
    return of_server(run) or entry is None or entry.changes


def _is_there(snapshot: Snapshot, words: str) -> bool:
    """Whether the step that is named, if any, is one of the run's own definition."""
    key = step_of(words)
    return not key or any(key in names for names in snapshot.definition.places)


def _slash(run: Run, words: str) -> str:
    """The slash command of that advice, "" where it is none."""
    match words:
        case "resume":
            return "/retry"
        case "resume with a larger budget":
            return f"/retry budget={_larger(run)}" if _larger(run) else "/retry"
        case "rollback":
            return "/rollback hard"
    return f"/{words}" if words.partition(" ")[0] in ("retry", "skip") else ""


def _shell(run: Run, words: str) -> str:
    """The command of that advice, "" where it is no command."""
    verb, _, rest = words.partition(" ")
    match verb:
        case "resume" if rest and _larger(run):
            return f"pullwright resume {run.id} --max-cost {_larger(run)}"
        case "resume" | "skip":
            return f"pullwright {verb} {run.id}"
        case "retry" if rest:
            return f"pullwright retry {run.id} {rest}"
        case "rollback":
            return f"pullwright rollback {run.id} --hard"
    return ""


def _larger(run: Run) -> str:
    """Twice the dollars that the run may spend now; "" where they are not bounded."""
    usd = run.options.bounds.usd
    return "" if usd is None else f"{2 * usd:g}"
