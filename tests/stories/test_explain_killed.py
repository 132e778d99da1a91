"""`/explain` on a server that is killed at each of its steps, at each moment: one answer, said once."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres as postgres
from tests.fakes.postgres import postgres_url as postgres_url
from tests.fakes.scripted_model import Conversation, Turn
from tests.stories.conftest import Desk
from tests.stories.disturbed import Scene, left_behind
from tests.stories.github_desk import github_desk
from tests.stories.samples import PYTHON
from workflows.explain.definition import EXPLAIN
from workflows.store.run_rows.ledger import SqlLedger
from workflows.values import RunStatus

pytestmark = pytest.mark.timeout(240)

MOMENTS = ("before", "begun", "write", "done", "recorded")
IN_SUITE = {("sqlite", "begun"), ("sqlite", "write"), ("postgres", "done")}
"""The suite has to end within minutes; the others are told at length."""


def _cases() -> Iterator[object]:
    for database in ("sqlite", "postgres"):
        for moment in MOMENTS:
            told = (database, moment) in IN_SUITE
            yield pytest.param(database, moment, marks=() if told else pytest.mark.at_length)


@pytest.mark.at_length
@pytest.mark.parametrize(("database", "moment"), list(_cases()))
def test_a_server_that_is_killed_at_each_of_its_steps_answers_once(
    database: str, moment: str, github: GitHub, desk: Desk, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgres" else ""
    answer = Conversation("Answer this question", (Turn(json.dumps({"answer": "`add` takes two numbers."})),) * 9)
    desk.model.conversations = [answer]
    with Scene(github_desk(github, desk, PYTHON), url).open() as scene:
        places = ("answer",) if moment == "write" else EXPLAIN.keys  # the others write nothing by themselves
        for key in places:
            process = scene.hub.start(trap=Trap(key, moment, number=1))
            if key == places[0]:
                scene.say("/explain What does add take?")
            scene.died(process)
        process = scene.hub.start()
        run = scene.until_status(RunStatus.COMPLETED)

        def told() -> list[str]:
            return [one["body"] for one in scene.hub.progress(scene.number) if "### Answered" in one["body"]]

        (comment,) = scene.hub.wait("it answers", told)
        assert "> `add` takes two numbers." in comment
        assert run.workflow == "explain"
        assert [row.key for row in scene.rows() if row.status == "completed"] == list(EXPLAIN.keys)
        assert list(SqlLedger(scene.store).entries(run.id)) == [], "it changes nothing, in the tree or outside"
        assert left_behind(scene) == []
        scene.hub.stop(process)
        assert scene.hub.pulls() == []
