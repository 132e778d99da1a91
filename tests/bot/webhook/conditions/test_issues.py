"""What whoever reported a bug says has it looked through again: after it was asked for, and while that is under way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.webhook.decisions import Ignore, NoteEdit, StartRun
from bot.webhook.events.conversation import Actor, Commented, IssueChanged
from sandbox.errors import TransientError
from tests.bot.webhook.test_routing import ISSUE, PLACE, RUN, Given, routed
from workflows.store.records import Run
from workflows.values import RunStatus

BOB, EVE = Actor("bob", 3), Actor("eve", 9)
ASKED: dict[str, Any] = {"triage_read": {"kind": "bug", "missing": ["What comes?"], "asked": False}}
TRIAGED = replace(RUN, workflow="triage", status=RunStatus.COMPLETED, state=ASKED)
AT_WORK = replace(TRIAGED, status=RunStatus.RUNNING, state={}, current_step="compare")
SAID = Commented(PLACE, BOB, ISSUE, False, False, 70, "", "It gives -1.", BOB)
EDITED = IssueChanged(PLACE, BOB, ISSUE, False, "edited")


@dataclass
class Triaged(Given):
    """Facts about an issue that this run was about."""

    last: Run | None = TRIAGED
    asked: list[str] = field(default_factory=list)

    async def run(self) -> Run | None:
        return self.last


@pytest.mark.parametrize("event", [SAID, EDITED])
async def test_an_answer_has_it_looked_through_again_also_where_it_is_put_into_the_report(event: Any) -> None:
    decision = await routed(event, Triaged())
    assert isinstance(decision, StartRun)
    assert (decision.workflow, decision.told) == ("triage", False)


@pytest.mark.parametrize(
    ("event", "last"),
    [
        (replace(EDITED, sender=EVE), TRIAGED),
        (replace(SAID, sender=EVE, author=EVE), TRIAGED),
        (replace(EDITED, closed=True), TRIAGED),
        (EDITED, replace(TRIAGED, state={"triage_read": {"kind": "bug", "missing": []}})),
        (EDITED, replace(TRIAGED, state={"triage_read": {**ASKED["triage_read"], "asked": True}})),
        (EDITED, replace(TRIAGED, state={"triage_read": {**ASKED["triage_read"], "vulnerability": True}})),
        (EDITED, replace(TRIAGED, workflow="issue_to_pr")),
        (EDITED, None),
        (SAID, replace(AT_WORK, current_step="workspace")),
        (SAID, replace(AT_WORK, current_step="")),
    ],
)
async def test_nothing_else_that_is_said_does(event: Any, last: Run | None) -> None:
    assert isinstance(await routed(event, Triaged(last=last)), Ignore)


@pytest.mark.parametrize("event", [SAID, EDITED])
async def test_what_is_said_before_anything_was_asked_for_waits_for_the_triage_at_work(event: Any) -> None:
    with pytest.raises(TransientError) as raised:
        await routed(event, Triaged(last=AT_WORK))
    assert raised.value.away, "however long that takes"


async def test_an_edit_is_noted_by_whatever_else_is_at_work() -> None:
    assert isinstance(await routed(EDITED, Triaged(work=replace(AT_WORK, workflow="issue_to_pr"), last=None)), NoteEdit)
