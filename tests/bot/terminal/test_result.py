"""How a run came out, for people, for programs and for the shell."""

import json
from dataclasses import replace

import pytest
from inline_snapshot import snapshot as expected

from bot.terminal.result import closing, exit_code
from bot.view.json_form import as_json
from tests.fakes.snapshots import asks, attempt, viewed
from workflows.values import Options, RunStatus, Spent, StepStatus, to_json
from workflows.verification import Check, CheckKind, CheckRun, Counts, Proof, Verdict, Verification

PASSED = Check(
    CheckKind.TEST, "pytest", Verdict.PASSED, base=CheckRun(1, 1, Counts(1, 1)), head=CheckRun(0, 1, Counts(2, 0))
)
MISSING = Check(CheckKind.TYPES, "mypy", Verdict.NOT_RUN, reason="The command was not found.")
FINE = Verification("t", (PASSED,))
PROVEN = replace(FINE, proofs=(Proof("test_add", "assert 1 == 2", "Pullwright"),))
STATE = {
    "branch": "fix/issue-7",
    "commit": "0123456789abcdef0123",
    "pull": {"number": 0, "url": "/data/pulls/r1.md"},
    "pull_title": "Fix it",
    "pull_body": "## Summary\n\nFixed.\x1b[2J",
    "plan": "1. Edit.",
    "verification": to_json(replace(PROVEN, checks=(PASSED, MISSING))),
    "ready": True,
}


@pytest.mark.parametrize(
    ("status", "verification", "code"),
    [
        (RunStatus.COMPLETED, PROVEN, 0),
        (RunStatus.COMPLETED, replace(FINE, exempt="only documents changed"), 0),
        (RunStatus.COMPLETED, FINE, 4),
        (RunStatus.COMPLETED, Verification("t"), 2),
        (RunStatus.FAILED, PROVEN, 1),
        (RunStatus.ABORTED, FINE, 1),
        (RunStatus.ROLLED_BACK, PROVEN, 1),
        (RunStatus.WAITING, FINE, 3),
        (RunStatus.RUNNING, FINE, 130),
    ],
)
def test_the_exit_code_tells_how_it_came_out(status: RunStatus, verification: Verification, code: int) -> None:
    assert exit_code(viewed(status=status, state={"verification": to_json(verification)})) == code


def test_a_verified_run_ends_with_its_text_and_real_numbers() -> None:
    done = viewed(status=RunStatus.COMPLETED, current="third", state=STATE, spent=Spent(0.5, 1000, 4))
    assert "\n".join(closing(done)) == expected("""\
The pull request:

# Fix it

## Summary

Fixed.[2J

Proven by `test_add`, written by Pullwright: it fails without this change and passes with it.
  branch   fix/issue-7 at 0123456789ab
  text     /data/pulls/r1.md
  test     pytest: 2 passed, 0 failed (before: 1 passed, 1 failed)
  types    mypy: not run: The command was not found.
  cost     $0.5000 · 1,000 tokens in 4 model calls
  next     git -C /repo push -u origin fix/issue-7
  next     (cd /repo && gh pr create --head fix/issue-7 --title 'Fix it' --body-file /data/pulls/r1.body.md)
  next     pullwright show r1
  next     pullwright diff r1
  next     pullwright rollback r1 --hard\
""")


def test_a_dry_run_shows_plan_and_change_and_offers_nothing_to_undo() -> None:
    done = viewed(status=RunStatus.COMPLETED, current="third", state=STATE, options=Options(dry_run=True))
    text = "\n".join(closing(done, "+new line"))
    assert text.startswith("The plan:\n\n1. Edit.\n\nThe change:\n\n+new line\n")
    assert "fix/issue-7 at 0123456789ab (not created: dry run)" in text
    assert "rollback" not in text


def test_a_dry_run_on_github_shows_the_comment_too_and_how_to_have_it_done() -> None:
    done = viewed(status=RunStatus.COMPLETED, current="third", state=STATE, options=Options(dry_run=True))
    done = replace(done, place="https://x/7")
    text = "\n".join(closing(done, "+new line", "### Verified\x1b[2J"))
    assert "\nThe comment on the issue:\n\n### Verified[2J\n" in text
    assert text.endswith("  next     /fix as a comment on https://x/7"), text
    assert as_json(done, "+new line", "### Verified")["comment"] == "### Verified"


def test_a_waiting_run_shows_what_it_asks_and_how_to_answer() -> None:
    waits = viewed(status=RunStatus.WAITING, current="second", question=asks())
    assert "\n".join(closing(waits)) == expected("""\
Is this plan all right?

Run r1 waits for an answer.
  cost     $0.0000 · 0 tokens in 0 model calls
  next     pullwright approve r1
  next     pullwright reject r1 "REASON"\
""")
    asked = viewed(status=RunStatus.WAITING, current="second", question=asks("question", "Which one?"))
    assert 'pullwright answer r1 "..."' in "\n".join(closing(asked))


def test_a_failed_run_names_the_step_the_reason_and_what_can_be_done() -> None:
    failed = viewed(status=RunStatus.FAILED, current="second", error="The model\x1b gave up.")
    assert "\n".join(closing(failed)) == expected("""\
Failed at 'second' (Work): The model gave up.
  cost     $0.0000 · 0 tokens in 0 model calls
  next     pullwright show r1
  next     pullwright resume r1
  next     pullwright retry r1 second
  next     pullwright rollback r1 --hard\
""")


def test_the_end_of_what_a_failed_step_printed_is_shown_without_what_would_steer_a_terminal() -> None:
    bad = replace(
        attempt("second", StepStatus.FAILED), output="first\n" * 100 + "ModuleNotFoundError\x1b[2J\n" + "x" * 999
    )
    text = "\n".join(closing(viewed((bad,), status=RunStatus.FAILED, current="second", error="No.")))
    assert "The end of its output:\n\n    first\n" in text
    assert "    ModuleNotFoundError[2J\n    " + "x" * 400 + "\n\nFailed at" in text
    assert text.count("first") < 40


def test_partial_work_is_never_called_verified() -> None:
    state = {**STATE, "incomplete": "The budget of dollars ran out.", "ready": False}
    assert viewed(status=RunStatus.COMPLETED, state=state).sentence == "Not verified: The budget of dollars ran out."


def test_programs_get_plain_json() -> None:
    done = viewed(status=RunStatus.COMPLETED, current="third", state=STATE, spent=Spent(0.5, 1000, 4))
    data = json.loads(json.dumps(as_json(done)))
    assert (data["run"], data["status"], data["verdict"]) == ("r1", "completed", "proven")
    assert (data["branch"], data["pull"], data["error"]) == ("fix/issue-7", "/data/pulls/r1.md", None)
    assert data["checks"][0]["head"]["counts"] == {"passed": 2, "failed": 0, "skipped": 0}
    assert data["cost"]["usd"] == 0.5
    empty = as_json(viewed(status=RunStatus.FAILED, error="No."))
    assert (empty["branch"], empty["pull"], empty["checks"], empty["error"]) == (None, None, [], "No.")
