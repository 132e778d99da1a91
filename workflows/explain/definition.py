"""From a question to an answer with the files that it rests on: what happens, in order."""

from workflows.definition import Definition, Retry, Step
from workflows.explain.steps import ANSWER, FOUND, READ, SOURCE, answer, fetch, find
from workflows.services import StepContext

_ASKED = Retry(attempts=4, first=5.0)
"""For steps that talk to a model or a forge."""

EXPLAIN: Definition[StepContext] = Definition(
    name="explain",
    title="Explain",
    items=(
        Step("fetch", "Fetch the repository", fetch, gives=(SOURCE,), retry=_ASKED),
        Step("find", "Find the files that matter", find, needs=(SOURCE,), gives=(FOUND,)),
        Step("answer", "Answer the question", answer, needs=(SOURCE, FOUND), gives=(ANSWER, READ), retry=_ASKED),
    ),
)
