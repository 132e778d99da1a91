"""From a word in a thread of a review to an answer there, or to a commit: what happens, in order."""

from workflows.definition import Definition, Retry, Step
from workflows.review_pr.reply.answering import answer, end, reply
from workflows.review_pr.reply.applying import apply
from workflows.review_pr.reply.asked import THREAD
from workflows.review_pr.reply.gathering import NOTHING, gather
from workflows.services import StepContext

_ASKED = Retry(attempts=4, first=5.0)
"""For steps that talk to a model or a forge."""

REVIEW_REPLY: Definition[StepContext] = Definition(
    name="review_reply",
    title="Review reply",
    items=(
        Step("gather", "Read the thread", gather, exits={NOTHING: "end"}, gives=(THREAD,), retry=_ASKED),
        Step(
            "answer",
            "Answer the question",
            answer,
            when=lambda state: not state.get("reply_applies"),
            needs=(THREAD,),
            retry=_ASKED,
            resumes=True,
        ),
        Step(
            "apply",
            "Apply the suggestion",
            apply,
            when=lambda state: bool(state.get("reply_applies")),
            needs=(THREAD,),
            retry=_ASKED,
        ),
        Step("reply", "Answer in the thread", reply, needs=(THREAD,), retry=_ASKED),
        Step("end", "Sum up", end, retry=_ASKED),
    ),
)
