"""From a change to a review of it: what happens, in order, and what at once."""

from workflows.definition import Definition, Parallel, Retry, Step, Touches
from workflows.review_pr.posting import MOVED, close, post
from workflows.review_pr.proof.running import run_checks
from workflows.review_pr.reading import read
from workflows.review_pr.refuting import refute
from workflows.review_pr.source import PAUSED, SAME, fetch, look
from workflows.review_pr.state import (
    ASKED,
    BASE,
    CANDIDATES,
    CHECKS,
    FALLEN,
    HEAD,
    MISSED,
    OF,
    PARTS,
    READINGS,
    RULES,
    SKIPPED,
    STANDING,
    UNREAD_WHY,
)
from workflows.services import StepContext

_ASKED = Retry(attempts=4, first=5.0)
"""For steps that talk to a model or a forge."""
_CHANGE = (BASE, HEAD, RULES)
_CHOSEN = (PARTS, SKIPPED, OF)
_READ = (CANDIDATES, ASKED, SKIPPED, READINGS, MISSED, UNREAD_WHY)

REVIEW_PR: Definition[StepContext] = Definition(
    name="review_pr",
    title="Review",
    items=(
        Step("fetch", "Fetch the change", fetch, exits={SAME: "close", PAUSED: "close"}, gives=_CHANGE, retry=_ASKED),
        Step("look", "See what is to be read", look, needs=_CHANGE, gives=_CHOSEN),
        Parallel(
            "examine",
            "Run its checks, and read it",
            (
                Step(
                    "checks",
                    "Run its checks on base and head",
                    run_checks,
                    needs=_CHANGE,
                    gives=(CHECKS,),
                    retry=_ASKED,
                    skipped={CHECKS.key: None},
                    touches=Touches.OWN_TREES,
                ),
                Step(
                    "read",
                    "Read it with different eyes",
                    read,
                    needs=(*_CHANGE, *_CHOSEN),
                    gives=_READ,
                    retry=_ASKED,
                    resumes=True,
                    touches=Touches.READS,
                ),
            ),
        ),
        Step(
            "refute",
            "Try to refute each finding",
            refute,
            exits={MOVED: "fetch"},
            makers={"the readings": "read"},
            needs=(*_CHANGE, CANDIDATES),
            gives=(STANDING, FALLEN),
            retry=_ASKED,
            resumes=True,
        ),
        Step(
            "post",
            "Post the review",
            post,
            exits={MOVED: "fetch"},
            needs=(*_CHANGE, *_CHOSEN, STANDING, FALLEN, ASKED),
            retry=_ASKED,
        ),
        Step("close", "Settle the check", close, exits={MOVED: "fetch"}, retry=_ASKED),
    ),
)
