"""What a failed step leads to: a table from what is configured to what the walk does next.

    configured   what happens                                            where it cannot
    retry        the step is tried again after a pause, that doubles     wait: tries are used up, or it would be in vain
    skip         the step is left out, and the walk goes on behind it    wait: the workflow cannot do without it
    abort        the run ends; it can still be gone on with              -
    wait         the run stands still until somebody says how to go on   -
    rollback     soft: what there is is handed over to people; hard: it  wait: somebody built on it (nothing is undone)
                 is all taken back; either way the run ends

What may pass by itself (a busy model, a broken connection) is not a failure before the
step's own tries are used up, and while a whole service is away these are not counted.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.trees.rollback import Mode
from workflows.advice import RESUME, RETRY, ROLLBACK, SKIP, Advice
from workflows.definition import Definition, Done, Exit, Failed, Result, Step, WaitFor
from workflows.errors import BudgetSpent, ConfigError, NoRoom, TransientError
from workflows.policy.config.repo_config import PATH, RepoConfig
from workflows.store.records import StepRun
from workflows.values import FailureRules, RunStatus, Then, Why

_LONGEST_PAUSE = 3600.0
_SHORTEST_PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Again:
    """Try the step again in so many seconds, as try number `number` of `of` (0 where they are not counted)."""

    seconds: float
    why: Why
    number: int = 0
    of: int = 0

    @property
    def told(self) -> dict[str, Any]:
        """What the queue is told; the attempt keeps it, for whoever shows or counts it."""
        return {"again_in": self.seconds, "why": self.why.value, "number": self.number, "of": self.of}


@dataclass(frozen=True, slots=True)
class Skip:
    """Go on behind the step."""


@dataclass(frozen=True, slots=True)
class Abort:
    """End the run."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Wait for somebody."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Take the run back, and end it; `why` is what failed."""

    mode: Mode
    why: str = ""


Consequence = Again | Skip | Abort | Stand | TakeBack


def leads_to(
    result: Result, rules: FailureRules, definition: Definition[Any], here: StepRun, before: Sequence[StepRun]
) -> tuple[Result, dict[str, Any], Consequence]:
    """The result as it is kept, what the queue is told, and what a failure leads to (Stand where there was none)."""
    match result:
        case Done():
            return result, {"next": definition.after(here.key)}, Stand()
        case Exit():
            item = definition.item(here.key)
            exits = item.exits if isinstance(item, Step) else {}
            assert result.name in exits, f"nothing says where exit {result.name!r} of step {here.key} leads"
            return result, {"next": exits[result.name]}, Stand()
        case WaitFor():
            return result, {"next": None}, Stand()
        case Failed():
            then = after_failure(result, rules, definition, here.key, before)
            return *prepared(result, then, definition, here), then


def after_failure(
    failed: Failed, rules: FailureRules, definition: Definition[Any], key: str, before: Sequence[StepRun]
) -> Consequence:
    """What a failure leads to; `before` are the earlier attempts at this place of the walk."""
    match rules.steps.get(key) or rules.default or definition.on_failure:
        case Then.RETRY:
            tries = sum(attempt.next.get("why") == Why.FAILED for attempt in before) + 1
            if failed.lasting or tries > rules.retries:
                return Stand()
            pause = min(rules.pause * 2.0 ** (tries - 1), _LONGEST_PAUSE)
            return Again(max(pause, _SHORTEST_PAUSE), Why.FAILED, tries + 1, rules.retries + 1)
        case Then.SKIP:
            return Skip() if key in definition.optional else Stand()
        case Then.ABORT:
            return Abort()
        case Then.WAIT:
            return Stand()
        case Then.ROLLBACK_SOFT:
            return TakeBack(Mode.SOFT, failed.reason)
        case Then.ROLLBACK_HARD:
            return TakeBack(Mode.HARD, failed.reason)


def after_trouble(
    error: TransientError, rules: FailureRules, item: Step[Any], before: Sequence[StepRun], now: float
) -> Again | Failed:
    """What an error that may pass leads to; `now` in seconds since the epoch."""
    if error.away:
        since = _away_since(before, now)
        if now - since < rules.away:
            return Again(max(error.retry_after or 0.0, _SHORTEST_PAUSE), Why.AWAY)
        how = "so" if isinstance(error, NoRoom) else "away"
        words = f"{error} It has been {how} for {(now - since) / 60:.0f} minutes."
        return Failed(words, advice=(RESUME, ROLLBACK), lasting=True)
    tries = _passing(before) + 1
    if tries < item.retry.attempts:
        return Again(item.retry.delay(tries, error.retry_after), Why.PASSING, tries + 1, item.retry.attempts)
    return Failed(f"{error} (tried {tries} times)", advice=(RESUME, ROLLBACK))


def out_of_budget(error: BudgetSpent) -> Failed:
    return Failed(str(error), advice=error.advice, lasting=True)


def of_ours(run_id: str) -> Failed:
    """A mistake in the program."""
    return Failed(f"Pullwright itself failed at this step; its log has the details under run {run_id}.")


def prepared(
    failed: Failed, then: Consequence, definition: Definition[Any], here: StepRun
) -> tuple[Failed, dict[str, Any]]:
    """The failure as it is kept, with what the run's state gains by its consequence; and what the queue is told."""
    match then:
        case Again():
            # What a step that resumes must know to begin its task anew, as after a person's "resume".
            gained = {"resumed": f"{here.segment}.{then.number}"}
            return replace(failed, state={**failed.state, **gained}), then.told
        case Skip():
            item = definition.item(here.key)
            gained = dict(item.skipped or {}) if isinstance(item, Step) else {}
            words = f"It failed and was left out: {failed.reason}"
            return replace(failed, reason=words, state={**failed.state, **gained}), {"next": definition.after(here.key)}
        case Abort():
            words = f"Ended here, as it is configured for failures: {failed.reason}"
            return replace(failed, reason=words, advice=_advice(failed)), {"next": None}
        case TakeBack():
            # The walk does it next, or whoever takes the walk up after a crash.
            return replace(failed, advice=_advice(failed)), {"next": None, "rollback": then.mode.value}
        case Stand():
            optional = (SKIP,) if here.key in definition.optional and SKIP not in failed.advice else ()
            return replace(failed, advice=(*_advice(failed), *optional)), {"next": None}


def status_after(then: Consequence, told: Mapping[str, Any]) -> RunStatus | None:
    """What a run is after the consequence; None where it goes on, if only to be taken back."""
    match then:
        case Abort():
            return RunStatus.ABORTED
        case Stand():
            return RunStatus.FAILED
        case Skip() if told["next"] is None:
            return RunStatus.COMPLETED
        case _:
            return None


def configured(config: RepoConfig, definition: Definition[Any]) -> FailureRules:
    """What a repository wants; ConfigError where it names steps that there are not, or that cannot be left out."""
    rules = config.failure_rules(definition.name)
    steps = [step.key for step in definition.steps]
    for key, then in rules.steps.items():
        where = ("workflows", definition.name, "steps", key)
        place = f"{PATH}:{config.line_of(*where)}"
        if key not in steps:
            sentence = f"There is no step {key!r} in {'.'.join(where[:-1])}."
            close = difflib.get_close_matches(key, steps, 1)
            remedy = f"Did you mean {close[0]!r}?" if close else f"Known steps: {', '.join(steps)}."
            raise ConfigError(sentence, remedy, place=place)
        if then is Then.SKIP and key not in definition.optional:
            can = ", ".join(definition.optional) or "none"
            raise ConfigError(f"{'.'.join(where)}: it cannot be left out.", f"Those that can: {can}.", place=place)
    return rules


def all_configured(config: RepoConfig, definitions: Mapping[str, Definition[Any]]) -> None:
    """ConfigError where a repository names steps of any workflow that there are not, or that cannot be left out.

    Asks for the definitions only of those that it names steps of.
    """
    for name in type(config.workflows).model_fields:
        if config.failure_rules(name).steps:
            configured(config, definitions[name])


def _advice(failed: Failed) -> tuple[Advice, ...]:
    """The next actions, most useful first."""
    return failed.advice or (RESUME, RETRY, ROLLBACK)


def _passing(before: Sequence[StepRun]) -> int:
    """How many tries what may pass has cost since the step was begun anew."""
    tries = 0
    for attempt in reversed(before):
        why = attempt.next.get("why", Why.PASSING) if "again_in" in attempt.next else ""
        if why == Why.FAILED:
            break
        tries += why == Why.PASSING
    return tries


def _away_since(before: Sequence[StepRun], now: float) -> float:
    """When the service was first found away, as far as nothing else happened since."""
    since = now
    for attempt in reversed(before):
        if not attempt.next:
            continue  # cut short by the end of a process
        if attempt.next.get("why") != Why.AWAY:
            break
        since = attempt.ended_at or attempt.started_at
    return since
