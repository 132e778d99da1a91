"""From a range of commits to release notes, where they are given out: what happens, in order."""

from workflows.definition import Definition, Retry, Step, Wait
from workflows.release_notes.drafting import draft, is_to_be_published, publish, publish_binding, publish_question
from workflows.release_notes.proposal.proposing import propose
from workflows.release_notes.ranges import know
from workflows.release_notes.state import FACTS, KNOWN, LEARNED, NOTES, ODD, SINCE, UNTIL, UNTIL_NAME
from workflows.release_notes.steps import fetch, sort, write
from workflows.services import StepContext

_ASKED = Retry(attempts=4, first=5.0)
"""For steps that talk to a model or a forge."""
_RANGE = (SINCE, UNTIL, UNTIL_NAME, ODD)

RELEASE_NOTES: Definition[StepContext] = Definition(
    name="release_notes",
    title="Release notes",
    items=(
        Step("fetch", "Find the range", fetch, gives=_RANGE, retry=_ASKED),
        Step(
            "know", "Look its pull requests up", know, needs=_RANGE, gives=(KNOWN,), retry=_ASKED, skipped={"known": {}}
        ),
        Step("sort", "Sort the changes", sort, needs=_RANGE, gives=(LEARNED,), retry=_ASKED, skipped={"learned": {}}),
        Step("write", "Write the notes", write, needs=(*_RANGE, LEARNED), gives=(NOTES, FACTS)),
        Step("draft", "Draft the release", draft, needs=(UNTIL, UNTIL_NAME, NOTES), retry=_ASKED, skipped={}),
        Step(
            "propose",
            "Propose them for the changelog",
            propose,
            needs=(UNTIL, UNTIL_NAME, NOTES, FACTS),
            retry=_ASKED,
            skipped={},
        ),
        Wait(
            "approval",
            "Wait for approval of the release",
            question=publish_question,
            when=is_to_be_published,
            binding=publish_binding,
        ),
        Step("publish", "Publish the release", publish, when=is_to_be_published, needs=(NOTES,), retry=_ASKED),
    ),
)
