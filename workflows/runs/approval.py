"""Who may answer what a run asks, and by what: only what whoever answers can have read, by the rules of its start."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.errors import NotAsked, RunError
from workflows.policy.config.repo_config import PATH
from workflows.runs.principal import Party, Principal, role_of
from workflows.store.database import Store
from workflows.store.records import Question, Run
from workflows.store.run_rows import waits
from workflows.values import Issue, RunStatus, from_json

ASKED = "asked"
"""Among a run's inputs: the party that asked for it."""
CLOCKS_SECONDS = 5.0
"""How much GitHub's clock may be behind ours, and how fast nobody reads a plan."""
_SECOND = 1.0
"""GitHub tells its times to the second."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What whoever answers can have read.

    `at` is when the words were written, in seconds since the epoch by the forge's clock, 0 where it is not
    known or they are written at this moment; `digest` that of the issue as it was then, "" where it is not
    known; `binding` the mark of the question that was shown, None where what is open now is meant.
    """

    at: float
    digest: str
    binding: str | None = None


async def asks_for_approval(store: Store, run: Run, verb: str) -> Question:
    """The plan that waits for a yes or a no; NotAsked where none does."""
    question = await _open(store, run, verb)
    if question.kind != "approval":
        raise NotAsked(
            f"Nothing to {verb}: run {run.id} asks a question at step {question.step}.",
            "Answer it in words, as a comment.",
            kind=question.kind,
        )
    return question


async def asks_for_words(store: Store, run: Run, seen: Seen) -> Question:
    """The question that is answered in words; NotAsked where there is none, or it was asked after they were written."""
    question = await _open(store, run, "answer")
    if question.kind != "question":
        raise NotAsked(f"Run {run.id} asks for a yes or a no.", "Approve or reject it.", kind=question.kind)
    if is_older(seen.at, question):
        raise NotAsked(f"Run {run.id} asks about something newer than what was answered.", "Look again, then answer.")
    return question


async def need_right(store: Store, run: Run, question: Question, principal: Principal, seen: Seen, verb: str) -> None:
    """RunError where these words are not about this plan, or it is not for the principal to say yes or no to it."""
    if principal.operator:
        return
    if is_older(seen.at, question, await store.read(waits.follows_another, question)):
        raise RunError("The plan was made after this comment was written.", f"Read it, then {verb} it.")
    _need_role(run, principal, verb)


def why_not_yes(run: Run, principal: Principal) -> str:
    """Why it is not for them to say yes to a plan of this run, by the rules of its start; "" where it may be."""
    try:
        if not principal.operator:
            _need_role(run, principal, "approve")
        _need_other_eyes(run, principal)
    except RunError as error:
        return error.sentence
    return ""


def need_agreement(run: Run, principal: Principal, seen: Seen) -> None:
    """RunError where a yes would be the requester's own and may not be, or is not for the issue as it is."""
    _need_other_eyes(run, principal)
    if principal.operator:
        return
    issue = from_json(Issue, run.inputs["issue"])
    if not seen.digest:
        raise RunError(
            "A pull request does not tell whether the issue is still as it was for this plan.",
            f"Write /approve on the issue, #{issue.number}.",
        )
    if seen.digest != issue.digest:
        raise RunError(
            "The issue was edited after this run took it up, and the plan is for how it was.",
            "/abort this run, then /plan for the issue as it is now.",
        )


def is_older(written_at: float, question: Question, follows_another: bool = False) -> bool:
    """Whether something was written before the question was asked.

    Where it `follows_another` the benefit of the doubt ends: what was said a moment before was about that one.
    """
    allowed = _SECOND if follows_another else CLOCKS_SECONDS
    return bool(written_at) and written_at + allowed < question.asked_at


async def _open(store: Store, run: Run, verb: str) -> Question:
    question = await store.read(waits.open_question, run.id)
    if run.status is not RunStatus.WAITING or question is None:
        raise NotAsked(f"Nothing to {verb}: run {run.id} is {run.status} at step {run.current_step}.")
    return question


def _need_role(run: Run, principal: Principal, verb: str) -> None:
    needed = role_of(run.options.approval.role)
    if principal.role_in(run.repository) < needed:
        raise RunError(
            f"To {verb} a plan takes the role {needed} here: run {run.id} waits for somebody who has it.",
            f"{_configured('role')} says so.",
        )


def _need_other_eyes(run: Run, principal: Principal) -> None:
    """RunError where whoever asked for the run may not say yes to it, and it is they, or nobody can tell who it is.

    A run on this machine's own repository, or one that writes nothing, is the operator's alone: there is nobody else.
    """
    who, at_home = principal.party, run.inputs.get("forge") != "github" or run.options.dry_run
    if not run.options.approval.not_requester or (at_home and not who.login):
        return
    if principal.machine:
        raise RunError(
            "Whoever asked for a run does not approve its plan here, and a key or link of the server's does not say "
            f"who that is: run {run.id} waits for a person.",
            "Comment on the issue, sign in with GitHub, or use a key that was made with --login. "
            f"{_configured('not_requester')} says so.",
        )
    if asked_by(run).is_same(who):
        raise RunError(
            f"Whoever asked for a run does not approve its plan here: run {run.id} waits for somebody else.",
            f"{_configured('not_requester')} says so.",
        )


def asked_by(run: Run) -> Party:
    """Who asked for the run; what was begun before that was kept knows whom its commits name."""
    if (kept := run.inputs.get(ASKED)) is not None:
        return from_json(Party, kept)
    known = run.inputs.get("requester") or {}
    return Party(str(known.get("login", "")), int(known.get("id", 0)))


def _configured(key: str) -> str:
    return f"approval.{key} in {PATH}, as it was when the run was started,"
