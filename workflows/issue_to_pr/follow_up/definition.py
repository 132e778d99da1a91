"""From what is asked on a pull request of ours to a verified commit and an answer: what happens, in order."""

from workflows.definition import Definition, Retry, Step
from workflows.issue_to_pr.branch.updating import update
from workflows.issue_to_pr.checking import prepare, verify
from workflows.issue_to_pr.follow_up.addressing import address
from workflows.issue_to_pr.follow_up.answering import MORE, answer, end
from workflows.issue_to_pr.follow_up.gathering import ASKED, NOTHING, gather
from workflows.issue_to_pr.follow_up.guide_line import learn
from workflows.issue_to_pr.follow_up.merging import merge_base_in, open_head
from workflows.issue_to_pr.follow_up.pushing import MOVED, commit, push
from workflows.issue_to_pr.planning import analyze
from workflows.services import StepContext
from workflows.steps import state

_ASKED = Retry(attempts=4, first=5.0)
"""For steps that talk to a model or a forge."""
_OF_THE_PULL = (ASKED, state.REQUIREMENTS, state.BRANCH, state.TIP, state.BASE_BRANCH)
_OF_THE_BASE = (state.LAID_OUT_FROM, state.BASE_COMMIT, state.BASE_TREE, state.GUIDE)
_TO_WORK = (state.BASE_TREE, state.REQUIREMENTS, state.COMMANDS, state.VERIFY_ROUNDS)

FOLLOW_UP: Definition[StepContext] = Definition(
    name="follow_up",
    title="Follow-up",
    items=(
        Step(
            "gather",
            "Gather what is asked",
            gather,
            exits={NOTHING: "end"},
            gives=_OF_THE_PULL,
            retry=_ASKED,
        ),
        Step(
            "workspace",
            "Open a workspace",
            open_head,
            needs=(state.TIP, state.BASE_BRANCH),
            gives=_OF_THE_BASE,
            retry=_ASKED,
        ),
        Step(
            "analyze",
            "Find the files that matter",
            analyze,
            needs=(state.BASE_COMMIT,),
            gives=(state.RANKED, state.COMMANDS, state.VERIFY_ROUNDS),
        ),
        Step("prepare", "Set up the project", prepare, needs=(state.BASE_TREE, state.COMMANDS), skipped={}),
        Step(
            "merge",
            "Merge the base in",
            merge_base_in,
            when=lambda state: bool(state.get("rebase")),
            needs=_OF_THE_BASE,
            retry=_ASKED,
        ),
        Step(
            "address",
            "Do what is asked",
            address,
            needs=(ASKED, *_TO_WORK),
            gives=(state.SUMMARY,),
            retry=_ASKED,
            resumes=True,
        ),
        Step(
            "verify",
            "Verify the change",
            verify,
            needs=_TO_WORK,
            gives=(state.VERIFICATION,),
            exits={"rework": "address"},
            skipped={"verification": None},
        ),
        Step(
            "commit",
            "Commit the change",
            commit,
            needs=(state.BASE_COMMIT, state.BASE_TREE),
            gives=(state.COMMIT,),
            makers={"the change": "address"},
        ),
        Step(
            "update",
            "Bring it up to date",
            update,
            needs=(state.BASE_BRANCH, state.BASE_COMMIT, state.BASE_TREE, state.BRANCH, state.COMMIT),
            when=lambda state: bool(state.get("changed")),
            exits={"rework": "address", "carried over": "verify", "commit again": "commit"},
            makers={"the change": "address", "the commit": "commit"},
            retry=_ASKED,
            skipped={},
        ),
        Step(
            "push",
            "Push it",
            push,
            needs=(state.BRANCH, state.COMMIT),
            exits={MOVED: "update"},
            makers={"the commit": "commit"},
            retry=_ASKED,
        ),
        Step(
            "answer",
            "Answer what was asked",
            answer,
            needs=(ASKED, state.REQUIREMENTS, state.COMMIT),
            exits={MORE: "gather"},
            retry=_ASKED,
            skipped={},
        ),
        Step("learn", "See whether it was asked before", learn, needs=(ASKED,), retry=_ASKED, skipped={}),
        Step("end", "Sum up", end, retry=_ASKED),
    ),
)
