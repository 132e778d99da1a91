"""A run as every face of it shows it: one value, from which comment, check, terminal and JSON are drawn.

It holds facts and the words that all faces share. Words of models, people and repositories are in it as they came:
who draws makes them harmless for where they go. `headline` is Markdown and `sentence` plain text in which that
has been done.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.view import next_actions
from bot.view.steps import ChecklistRow, checklist, last_output, shown, trying_again
from workflows.outcome import Outcome
from workflows.registry import outcome_of
from workflows.store.records import Pause, Question, Run, Snapshot
from workflows.values import ApprovalRules, Requirement, RunStatus, Spent, StepStatus, from_json


@dataclass(frozen=True, slots=True)
class PullView:
    """The pull request of a run. `number` and `url` are empty in a dry run, which opens none."""

    number: int
    url: str
    draft: bool
    ready: bool


@dataclass(frozen=True, slots=True)
class RunView:
    """How a run is at a moment. Times are in seconds, `at` and `began_at` since the epoch."""

    id: str
    workflow: str
    title: str
    repository: str
    """As people know it."""
    place: str
    """Where people speak of it: the address of its issue, else its name."""
    status: RunStatus
    headline: str
    """One line: how it is doing, or what became of it."""
    sentence: str
    """The same with the run's id or the reason, for who sees nothing else of it."""
    step: str
    step_title: str
    steps: tuple[ChecklistRow, ...]
    question: Question | None
    approval: ApprovalRules
    """Who is to say yes, where it asks for that."""
    stopped: bool
    """It failed, or was aborted."""
    error: str
    """Why."""
    output: str
    """What was printed last where it stopped, "" where nothing is kept of it."""
    outcome: Outcome
    """In its workflow's words; while it is under way, what is known so far."""
    requirements: tuple[Requirement, ...]
    continues: int
    """The pull request of an earlier run that it goes on with, 0 for none."""
    edited_by: str
    """Who edited the issue after the run took it up, "" where it reads as it did."""
    pull: PullView | None
    branch: str
    commit: str
    plan: str
    pull_title: str
    pull_body: str
    model: str
    spent: Spent
    at: float
    began_at: float
    seconds: float
    """From its start to its end, to `at` while it is at work."""
    resting_seconds: float
    """The same to its last change, which does not grow while it waits."""
    ended: bool
    """Nothing goes on by itself, and nobody is asked."""
    pause: Pause | None
    dry_run: bool
    of_server: bool
    """It is steered where it came from, and not by the command line."""
    cleaned_on: str
    replies: tuple[str, ...]
    """What can be done now, as slash commands, most useful first."""
    commands: tuple[str, ...]
    """The same for the command line."""

    @property
    def percent(self) -> int:
        """How many of a hundred of its declared steps are behind it; those that were skipped count."""
        if self.ended and not self.stopped:
            return 100
        done = sum(row.state in (StepStatus.COMPLETED, StepStatus.SKIPPED) for row in self.steps)
        return round(done * 100 / len(self.steps)) if self.steps else 0


def view_of(snapshot: Snapshot, now: float) -> RunView:
    """The view of a run as it was read; `now` counts only while it is at work."""
    run, state = snapshot.run, snapshot.run.state
    return RunView(
        id=run.id,
        workflow=run.workflow,
        title=run.title,
        repository=run.called,
        place=str((run.inputs.get("issue") or {}).get("url") or run.subject.label),
        status=run.status,
        headline=_headline(snapshot),
        sentence=_sentence(snapshot),
        step=run.current_step,
        step_title=_title(snapshot),
        steps=checklist(snapshot, now),
        question=snapshot.question,
        approval=run.options.approval,
        stopped=run.status in (RunStatus.FAILED, RunStatus.ABORTED),
        error=run.error_text,
        output=last_output(snapshot),
        outcome=outcome_of(run),
        requirements=tuple(from_json(Requirement, item) for item in state.get("requirements", [])),
        continues=int((run.inputs.get("continues") or {}).get("pull") or 0),
        edited_by=str((state.get("edited") or {}).get("by") or ""),
        pull=_pull(run),
        branch=state.get("branch") or "",
        commit=state.get("commit") or "",
        plan=state.get("plan") or "",
        pull_title=state.get("pull_title") or "",
        pull_body=state.get("pull_body") or "",
        model=run.options.model,
        spent=snapshot.spent,
        at=now,
        began_at=run.created_at,
        seconds=(now if run.ended_at is None else run.ended_at) - run.created_at,
        resting_seconds=(run.ended_at or run.updated_at) - run.created_at,
        ended=run.ended_at is not None,
        pause=snapshot.pause,
        dry_run=run.options.dry_run,
        of_server=next_actions.of_server(run),
        cleaned_on=run.cleaned_on,
        replies=tuple(next_actions.as_comments(snapshot)),
        commands=tuple(next_actions.on_server(snapshot)),
    )


def _headline(snapshot: Snapshot) -> str:
    run, title = snapshot.run, _title(snapshot)
    match run.standing:
        case RunStatus.PENDING if snapshot.pause:
            return "Paused"
        case RunStatus.RUNNING if snapshot.pause:
            return f"To be paused where it can be left: {title}"
        case RunStatus.PENDING:
            return f"Waiting for a free place to work{_before(snapshot.before)}"
        case RunStatus.RUNNING if _rests(snapshot):
            return f"To be tried again: {title}"
        case RunStatus.RUNNING:
            return f"At work: {title}"
        case RunStatus.WAITING:
            return "Waiting for an answer"
        case RunStatus.COMPLETED:
            return outcome_of(run).headline
        case RunStatus.ABORTED:
            return f"Aborted at “{title}”"
        case RunStatus.ROLLED_BACK:
            return "Rolled back"
        case RunStatus.FAILED:
            return f"Failed at “{title}”"


def _sentence(snapshot: Snapshot) -> str:
    run, title = snapshot.run, _title(snapshot)
    match run.status:
        case RunStatus.COMPLETED:
            return shown(outcome_of(run).headline)
        case RunStatus.WAITING:
            return f"Run {run.id} waits for an answer."
        case RunStatus.ROLLED_BACK:
            return shown(run.error_text) or f"Run {run.id} was rolled back."
        case RunStatus.PENDING | RunStatus.RUNNING if snapshot.pause is not None:
            return f"Run {run.id} is paused: {title}. {shown(snapshot.pause.sentence)}"
        case RunStatus.PENDING | RunStatus.RUNNING:
            return f"Run {run.id} is under way: {title}."
        case RunStatus.ABORTED:
            return f"{shown(run.error_text) or 'Aborted'} (at {run.current_step!r}: {title})."
        case RunStatus.FAILED:
            return f"Failed at {run.current_step!r} ({title}): {shown(run.error_text)}"


def _title(snapshot: Snapshot) -> str:
    """Of the step that the run is at."""
    return snapshot.definition.title_of(snapshot.run.current_step)


def _rests(snapshot: Snapshot) -> bool:
    """Whether what the run is at is only to be tried again; of what runs at once, all that has not ended."""
    keys, behind = snapshot.definition.place(snapshot.run.current_step), (StepStatus.COMPLETED, StepStatus.SKIPPED)
    made = [[step for step in snapshot.steps if step.key == key] for key in keys]
    open_ones = [attempts for attempts in made if attempts and attempts[-1].status not in behind]
    return bool(open_ones) and all(trying_again(attempts) for attempts in open_ones)


def _before(number: int | None) -> str:
    if number is None:
        return ""
    return f": {number} before it" if number else ": it is the next"


def _pull(run: Run) -> PullView | None:
    pull = run.state.get("pull")
    if not pull:
        return None
    number, url = pull.get("number") or 0, pull.get("url") or ""
    return PullView(number, url, bool(pull.get("draft", True)), bool(run.state.get("ready")))
