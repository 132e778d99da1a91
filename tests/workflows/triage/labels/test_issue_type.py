"""Types and fields of an organisation: only those that there are, and nothing of what somebody has decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.github.repository import RepositoryClient
from sandbox.journal import EffectState, Where
from tests.bot.conftest import scene as scene
from tests.bot.github.connecting import connected
from tests.fakes.github.fixture import github as github
from tests.fakes.github.scene import Scene
from tests.fakes.memory_ledger import MemoryLedger
from workflows.effects.items import FieldValue, ListedIssue
from workflows.journal import Journal
from workflows.subject import Subject, SubjectKind
from workflows.triage.labels.issue_type import PriorityField, mark, option_of, priority_fields
from workflows.triage.reading import SCALE, Reading
from workflows.triage.state import FIELD, FIELDS, TYPE, ReportKind
from workflows.values import to_json


def test_fields_are_those_that_the_other_issues_show() -> None:
    known = [
        ListedIssue(1, "", "", fields=(FieldValue(5, "Priority", "High"), FieldValue(6, "Effort", "Low"))),
        ListedIssue(2, "", "", fields=(FieldValue(5, "Priority", "Urgent"), FieldValue(7, "severity ", "S1"))),
        ListedIssue(3, "", "", fields=(FieldValue(5, "Priority", "High"), FieldValue(8, "Priority of sales", "High"))),
    ]
    assert priority_fields(known) == [
        PriorityField(5, "Priority", ("High", "Urgent")),
        PriorityField(7, "severity ", ("S1",)),
    ]


@pytest.mark.parametrize(
    ("priority", "options", "scale", "option"),
    [
        ("high", ["Urgent", "High"], SCALE, "High"),
        ("critical", ["High", "Urgent"], SCALE, "Urgent"),
        ("medium", ["High", "Urgent"], SCALE, ""),
        ("P1", ["P0", "P1"], ("P0", "P1"), "P1"),
        ("P1", ["High"], ("P0", "P1"), ""),
        ("nobody can work", ["Nobody can work"], ("nobody can work",), "Nobody can work"),
        ("", ["High"], SCALE, ""),
        ("high", [], SCALE, ""),
    ],
)
def test_an_option_means_a_priority_by_its_name(
    priority: str, options: list[str], scale: tuple[str, ...], option: str
) -> None:
    assert option_of(priority, options, list(scale)) == option


@dataclass
class Marking:
    """What `mark` needs of a step's context, on the stand-in."""

    client: RepositoryClient
    number: int
    state: dict[str, Any]
    id: str = "261120-aaaaa"
    ledger: MemoryLedger = field(default_factory=MemoryLedger)

    @property
    def run(self) -> Marking:
        return self

    @property
    def forge(self) -> Marking:
        return self

    @property
    def subject(self) -> Subject:
        return Subject(SubjectKind.ISSUE, "octo/sample", "github", number=self.number)

    @property
    def journal(self) -> Journal:
        return Journal(self.ledger, Where(self.id, "label"))

    def operations(self, run_id: str) -> RepositoryClient:
        return self.client


@pytest.mark.parametrize(
    ("path", "method", "status", "typed", "chosen"),
    [
        ("/repos/octo/sample/issue-types", "GET", 403, False, True),
        ("/repos/octo/sample/issue-types", "GET", 404, False, True),
        ("/repos/octo/sample/issue-types", "GET", 410, False, True),
        (r"/repos/octo/sample/issues/\d+", "PATCH", 403, False, True),
        (r"/repos/octo/sample/issues/\d+", "PATCH", 404, False, True),
        (r"/repos/octo/sample/issues/\d+", "PATCH", 422, False, True),
        (r"/repos/octo/sample/issues/\d+/issue-field-values", "POST", 403, True, False),
        (r"/repos/octo/sample/issues/\d+/issue-field-values", "POST", 422, True, False),
        (r"/repos/octo/sample/issues/\d+/issue-field-values", "GET", 404, True, False),
        ("/repos/octo/sample/issue-types", "GET", 500, False, True),
        (r"/repos/octo/sample/issues/\d+/issue-field-values", "GET", 503, True, False),
    ],
)
async def test_a_type_that_is_refused_keeps_nobody_from_the_field_and_the_other_way_round(
    scene: Scene, path: str, method: str, status: int, typed: bool, chosen: bool
) -> None:
    number = scene.github.issue_types("octo/sample", "Bug", Priority=["High"])["Priority"]
    state = {FIELDS: [to_json(PriorityField(number, "Priority", ("High",)))], "triage_scale": list(SCALE)}
    scene.github.fault(path, method=method, status=status, message="No", times=9)
    async with connected(scene) as client:
        ctx = Marking(client, scene.issue(), state)
        found, said = await mark(ctx, Reading(ReportKind.BUG, "high"), give=True)  # type: ignore[arg-type]
        assert (TYPE in found, FIELD in found) == (typed, chosen)
        assert (await client.issue_type(ctx.number) == "Bug") is typed
        settled = [one.state for one in ctx.ledger.entries(ctx.id)]
        assert EffectState.INTENDED not in settled
        assert settled.count(EffectState.DONE) == 1
        assert any("not given" in one for one in said) is (status not in (404, 410))
