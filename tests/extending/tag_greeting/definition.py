"""From a pushed tag to a sentence about it: what happens, in order."""

from tests.extending.tag_greeting.steps import COMMIT, FILES, TAG, count, fetch
from workflows.definition import Definition, Retry, Step
from workflows.services import StepContext

TAG_GREETING: Definition[StepContext] = Definition(
    name="tag_greeting",
    title="Greet a tag",
    items=(
        Step("fetch", "Find the tag", fetch, gives=(TAG, COMMIT), retry=Retry(attempts=4, first=5.0)),
        Step("count", "Count the files", count, needs=(COMMIT,), gives=(FILES,)),
    ),
)
