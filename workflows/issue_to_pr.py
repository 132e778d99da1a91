"""From an issue to a verified pull request: what happens, in order."""

from workflows.primitives import Definition, Retry, Step, Wait
from workflows.services import StepContext
from workflows.steps.checking import prepare, verify
from workflows.steps.implementing import implement, review
from workflows.steps.intake import parse_issue
from workflows.steps.planning import analyze, approval_binding, approval_question, make_plan
from workflows.steps.publishing import commit, open_pull, summarize
from workflows.steps.source import create_branch, open_workspace
from workflows.steps.updating import update

_ASKED = Retry(attempts=4, first=5.0)
"""For steps that talk to a model or a forge."""

ISSUE_TO_PR: Definition[StepContext] = Definition(
    name="issue_to_pr",
    title="Issue to pull request",
    items=(
        Step("parse", "Read the issue", parse_issue, retry=_ASKED),
        Step("workspace", "Open a workspace", open_workspace, retry=_ASKED),
        Step("branch", "Create the branch", create_branch, retry=_ASKED),
        Step("analyze", "Find the files that matter", analyze),
        Step("prepare", "Set up the project", prepare, skipped={}),
        Step("plan", "Make a plan", make_plan, retry=_ASKED),
        Wait(
            "approval",
            "Wait for approval of the plan",
            question=approval_question,
            when=lambda state: bool(state.get("approval_needed")),
            binding=approval_binding,
            rejected="plan",
        ),
        Step("implement", "Implement the plan", implement, retry=_ASKED, resumes=True),
        Step("review", "Review the whole diff", review, goto=("implement",), retry=_ASKED, skipped={"reviewed": False}),
        Step("verify", "Verify the change", verify, goto=("implement",), skipped={"verification": None}),
        Step("commit", "Commit the change", commit),
        Step(
            "update",
            "Bring it up to date",
            update,
            goto=("implement", "verify", "commit"),
            retry=_ASKED,
            skipped={},
        ),
        Step("pull", "Open the pull request", open_pull, goto=("update",), retry=_ASKED),
        Step("summary", "Sum up", summarize),
    ),
)
