"""From an issue to a verified pull request: what happens, in order."""

from workflows.definition import Definition, Retry, Step, Wait
from workflows.issue_to_pr.branch.updating import update
from workflows.issue_to_pr.checking import prepare, verify
from workflows.issue_to_pr.implementing import implement, review
from workflows.issue_to_pr.intake import parse_issue
from workflows.issue_to_pr.planning import analyze, approval_binding, approval_question, make_plan
from workflows.issue_to_pr.publishing import commit, open_pull, summarize
from workflows.issue_to_pr.reproducing import is_asked_for, reproduce
from workflows.issue_to_pr.standing import while_wanted
from workflows.services import StepContext
from workflows.steps import state
from workflows.steps.source import create_branch, open_workspace

_ASKED = Retry(attempts=4, first=5.0)
"""For steps that talk to a model or a forge."""

_OF_THE_BASE = (state.LAID_OUT_FROM, state.BASE_BRANCH, state.BASE_COMMIT, state.BASE_TREE, state.GUIDE)
_TO_WRITE_CODE = (state.BASE_TREE, state.REQUIREMENTS, state.RANKED, state.COMMANDS, state.VERIFY_ROUNDS)

ISSUE_TO_PR: Definition[StepContext] = Definition(
    name="issue_to_pr",
    title="Issue to pull request",
    items=(
        Step("parse", "Read the issue", parse_issue, gives=(state.REQUIREMENTS,), retry=_ASKED),
        Step("workspace", "Open a workspace", open_workspace, gives=_OF_THE_BASE, retry=_ASKED),
        Step(
            "branch",
            "Create the branch",
            create_branch,
            needs=(state.BASE_COMMIT,),
            gives=(state.BRANCH, state.TIP),
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
            "plan",
            "Make a plan",
            while_wanted(make_plan),
            needs=(state.REQUIREMENTS, state.RANKED),
            gives=(state.PLAN,),
            retry=_ASKED,
        ),
        Wait(
            "approval",
            "Wait for approval of the plan",
            question=approval_question,
            when=lambda state: bool(state.get("approval_needed")),
            binding=approval_binding,
            rejected="plan",
        ),
        Step(
            "reproduce",
            "Write a failing test",
            reproduce,
            when=is_asked_for,
            needs=_TO_WRITE_CODE,
            exits={"again": "reproduce"},
            retry=_ASKED,
            resumes=True,
            skipped={"failing_test": None},
        ),
        Step(
            "implement",
            "Implement the plan",
            while_wanted(implement),
            needs=_TO_WRITE_CODE,
            gives=(state.SUMMARY,),
            makers={"the plan": "plan"},
            retry=_ASKED,
            resumes=True,
        ),
        Step(
            "review",
            "Review the whole diff",
            review,
            needs=(state.BASE_TREE,),
            gives=(state.REVIEWED,),
            exits={"rework": "implement"},
            retry=_ASKED,
            skipped={"reviewed": False},
        ),
        Step(
            "verify",
            "Verify the change",
            while_wanted(verify),
            needs=(state.BASE_TREE, state.COMMANDS, state.VERIFY_ROUNDS),
            gives=(state.VERIFICATION,),
            exits={"rework": "implement"},
            skipped={"verification": None},
        ),
        Step(
            "commit",
            "Commit the change",
            commit,
            needs=(state.BASE_COMMIT, state.BASE_TREE, state.VERIFICATION),
            gives=(state.COMMIT, state.PULL_TITLE, state.PULL_CHANGES),
            makers={"the change": "implement"},
        ),
        Step(
            "update",
            "Bring it up to date",
            update,
            needs=(state.BASE_BRANCH, state.BASE_COMMIT, state.BASE_TREE, state.BRANCH, state.COMMIT),
            exits={"rework": "implement", "carried over": "verify", "commit again": "commit"},
            makers={"the change": "implement", "the commit": "commit", "the branch": "branch"},
            retry=_ASKED,
            skipped={},
        ),
        Step(
            "pull",
            "Open the pull request",
            while_wanted(open_pull),
            needs=(state.BASE_BRANCH, state.BRANCH, state.COMMIT, state.PULL_TITLE, state.PULL_CHANGES),
            gives=(state.PULL, state.TIP, state.READY),
            exits={"moved": "update"},
            makers={"the commit": "commit"},
            retry=_ASKED,
        ),
        Step("summary", "Sum up", summarize, needs=(state.VERIFICATION,)),
    ),
)
