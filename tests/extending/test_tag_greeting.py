"""docs/extend.md, followed by a stranger: a workflow that a pushed tag starts, and that asks no model."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bot.app import DEFINITIONS
from bot.github.features import RELEASES_HEARD
from bot.github.forge import GitHubForge
from bot.view.json_form import as_json
from bot.view.run_view import view_of
from bot.webhook.decisions import Ignore, TriggerName, Wish
from bot.webhook.events.code import TagPushed
from bot.webhook.facts import Facts
from bot.webhook.triggers import TRIGGERS, Trigger
from tests.bot.dispatching import Desk, desk, scene
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import REPO
from tests.fakes.walking import StillEngine
from workflows import registry
from workflows.engine.walker import Walker
from workflows.policy.config.repo_config import WorkflowRules, Workflows
from workflows.registry import Entry
from workflows.services import Services, StepContext
from workflows.store.records import Run
from workflows.store.run_rows import runs, spending
from workflows.subject import Subject, SubjectKind
from workflows.values import RunStatus

__all__ = ["desk", "github", "scene"]

ENTRY = Entry(
    name="tag_greeting",
    title="Greet a tag",
    takes=(SubjectKind.TAG,),
    definition="tests.extending.tag_greeting.definition:TAG_GREETING",
    outcome="tests.extending.tag_greeting.outcome:outcome_of",
)


async def _pushed(event: TagPushed, facts: Facts) -> Wish | Ignore:
    return Wish() if event.after else Ignore("the tag is gone")


ROW = Trigger(
    TriggerName.RULE,
    "a tag is pushed",
    TagPushed,
    _pushed,
    ENTRY.name,
    (RELEASES_HEARD,),
    role=None,
    bots=True,
    told=False,
)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> StillEngine:
    """The two rows stand in their tables for one test, and its runs are walked by the test."""
    monkeypatch.setitem(registry.VERSIONS, (ENTRY.name, ENTRY.version), ENTRY)
    monkeypatch.setitem(registry.WORKFLOWS, ENTRY.name, ENTRY)
    monkeypatch.setitem(DEFINITIONS, ENTRY.name, registry.definitions()[ENTRY.name])
    monkeypatch.setattr(Workflows, ENTRY.name, WorkflowRules(), raising=False)  # made of the registry on import
    handler, engine = desk.dispatch.handler, StillEngine()
    handler.table = (ROW, *(row for row in TRIGGERS if row.event is not ROW.event))
    handler.starting.runs = replace(handler.starting.runs, engine=engine)
    return engine


async def test_a_pushed_tag_starts_a_run_on_it_that_goes_to_its_end_and_is_shown(
    desk: Desk, engine: StillEngine
) -> None:
    head = desk.scene.branch("work", "one.txt", "two.txt")
    desk.scene.alice.post(f"{REPO}/git/refs", json={"ref": "refs/tags/v1", "sha": head}).raise_for_status()
    await desk.settle()
    (run,) = desk.runs()
    assert (run.workflow, run.status) == (ENTRY.name, RunStatus.PENDING)
    assert run.subject == Subject(SubjectKind.TAG, "octo/sample", "github", desk.scene.installation, name="v1")
    assert run.title == "octo/sample@v1"
    assert run.inputs["requester"]["login"] == "alice"

    under_way = view_of(desk.store.read_now(runs.snapshot, run.id), time.time())
    assert (under_way.step_title, under_way.outcome.headline) == ("Find the tag", "Not counted.")

    run = await _walk(desk, engine)
    assert run.status is RunStatus.COMPLETED
    assert run.state == {"tag": "v1", "greeted_commit": head, "files": 3}
    assert desk.store.read_now(spending.spent, run.id).usd == 0

    view = view_of(desk.store.read_now(runs.snapshot, run.id), time.time())
    assert view.headline == view.outcome.headline == f"Hello, `v1`: 3 files at `{head[:10]}`."
    assert (view.place, view.outcome.conclusion, view.outcome.exit_code) == ("octo/sample@v1", "success", 0)
    assert [(row.key, row.detail) for row in view.steps] == [
        ("fetch", f"v1 is at {head[:10]}"),
        ("count", "3 files"),
    ]
    assert as_json(view)["tagged"] == head


async def test_a_tag_that_is_deleted_starts_nothing(desk: Desk, engine: StillEngine) -> None:
    head = desk.scene.branch("work", "one.txt")
    desk.scene.alice.post(f"{REPO}/git/refs", json={"ref": "refs/tags/v1", "sha": head}).raise_for_status()
    await desk.settle()
    await _walk(desk, engine)
    desk.scene.alice.delete(f"{REPO}/git/refs/tags/v1").raise_for_status()
    await desk.settle()
    assert len(desk.runs()) == 1
    assert "the tag is gone" in [why for _, why in desk.outcomes()]


async def test_a_tag_that_is_gone_before_its_run_comes_to_it_ends_that_in_words(
    desk: Desk, engine: StillEngine
) -> None:
    head = desk.scene.branch("work", "one.txt")
    desk.scene.alice.post(f"{REPO}/git/refs", json={"ref": "refs/tags/v1", "sha": head}).raise_for_status()
    await desk.settle()
    desk.scene.alice.delete(f"{REPO}/git/refs/tags/v1").raise_for_status()
    run = await _walk(desk, engine)
    assert run.status is RunStatus.FAILED
    view = view_of(desk.store.read_now(runs.snapshot, run.id), time.time())
    assert (
        view.sentence
        == "Failed at 'fetch' (Find the tag): There is no branch, tag or commit 'refs/tags/v1'. Check its name."
    )


async def _walk(desk: Desk, engine: StillEngine) -> Run:
    """Walk the run that was asked for last, over real parts, until it stays as it is."""
    services = _over_the_stand_in(desk)
    walker: Walker[StepContext] = Walker(
        store=desk.store,
        definitions=DEFINITIONS,
        trees=services.workspaces,
        reporter=services.reporter,
        context=lambda run, here: StepContext(run, here, services),
    )
    run_id, segment, here = engine.asked[-1]
    ordinal, key = 0, here
    while key is not None:
        told = await walker.take(run_id, segment, ordinal, key)
        assert "again_in" not in told, told
        ordinal, key = ordinal + 1, told["next"]
    return await desk.store.read(runs.get_run, run_id)


def _over_the_stand_in(desk: Desk) -> Services:
    """The desk's services, with the forge of a run where its repository is."""
    services, client = desk.dispatch.handler.services, desk.dispatch.handler.starting.github

    def forge(run: Run) -> GitHubForge:
        place = client.repository(run.subject.installation, run.subject.repository)
        return GitHubForge(place, services.workspaces.repository(run))

    return replace(services, forge=forge)
