"""From a pull request that names an issue to what the test of that issue does there: what happens, in order."""

from workflows.definition import Definition, Retry, Step
from workflows.services import StepContext
from workflows.triage.fix_check.running import NOTHING, fetch, run_it
from workflows.triage.fix_check.state import BASE, HEAD, SEEN
from workflows.triage.fix_check.telling import MOVED, end, tell

_ASKED = Retry(attempts=4, first=5.0)
"""For steps that talk to a forge."""

FIX_CHECK: Definition[StepContext] = Definition(
    name="fix_check",
    title="Test of a fix",
    items=(
        Step("fetch", "Fetch the change", fetch, exits={NOTHING: "end"}, gives=(BASE, HEAD), retry=_ASKED),
        Step(
            "run",
            "Run what reproduced the issue on base and head",
            run_it,
            needs=(BASE, HEAD),
            gives=(SEEN,),
            retry=_ASKED,
        ),
        Step("tell", "Tell it once", tell, exits={MOVED: "fetch"}, needs=(HEAD, SEEN), retry=_ASKED),
        Step("end", "Sum up", end, retry=_ASKED),
    ),
)
