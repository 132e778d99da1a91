"""A worker does what pages and the API ask of it: as whoever asked, by the rules that hold for all, and once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.local.detached import detached
from bot.server.order_work import OrderWork
from tests.bot.dispatching import Desk, desk, scene
from tests.fakes.finished_run import RUN, FinishedRun, finished_run
from tests.fakes.github.fixture import github
from workflows.runs.principal import Principal, Role
from workflows.store import audit
from workflows.store.database import Store
from workflows.store.run_rows import runs
from workflows.store.tables import orders as table
from workflows.store.web import orders
from workflows.store.web.orders import Order, OrderKind, OrderState
from workflows.values import RunStatus

__all__ = ["desk", "github", "scene"]


@pytest.fixture
def done(tmp_path: Path) -> Iterator[FinishedRun]:
    with finished_run(tmp_path) as finished:
        finished.store.write_now(
            lambda db: runs.update_run(db, RUN, status=RunStatus.COMPLETED, current_step="summary")
        )
        yield finished


def work(done: FinishedRun) -> OrderWork:
    app = App(done.settings, done.services, detached(done.store))
    return OrderWork(app, None)  # type: ignore[arg-type]  # nothing is started


async def carried_out(work: OrderWork) -> None:
    """All that is due."""
    while found := await work.app.store.write(orders.take):
        for order in found:
            await work.carry_out(order)


def place(store: Store, kind: OrderKind, role: Role, run_id: str = RUN, **arguments: Any) -> Order:
    repository = store.read_now(runs.get_run, run_id).repository
    who = asdict(Principal("alice", "api", role, repository))
    return store.write_now(orders.place, kind, repository, arguments, who, run_id=run_id)


def after(store: Store, order: Order) -> Order:
    found = store.read_now(orders.find, order.id)
    assert found is not None
    return found


async def test_a_plan_says_what_would_be_undone_and_undoes_nothing(done: FinishedRun) -> None:
    order = place(done.store, OrderKind.PLAN, Role.MAINTAIN, mode="hard", count=0)
    refs = done.refs()
    await carried_out(work(done))
    found = after(done.store, order)
    assert found.state is OrderState.DONE
    assert [one["obstacle"] for one in found.result["lines"]] == [""] * len(found.result["lines"])
    assert any("fix/issue-7" in one["line"] for one in found.result["lines"])
    assert done.refs() == refs
    assert done.run.status is RunStatus.COMPLETED


async def test_a_rollback_is_carried_out_and_tells_what_was_undone(done: FinishedRun) -> None:
    order = place(done.store, OrderKind.ROLLBACK, Role.MAINTAIN, mode="hard", count=0)
    await carried_out(work(done))
    found = after(done.store, order)
    assert found.state is OrderState.DONE
    assert any("fix/issue-7" in one["line"] for one in found.result["lines"])
    assert "fix/issue-7" not in done.refs()
    assert done.run.status is RunStatus.ROLLED_BACK
    assert [(one.who, one.source, one.what) for one in done.store.read_now(audit.of_run, RUN)][1:] == [
        ("alice", "api", "rollback:hard")
    ]


async def test_whose_role_is_not_enough_is_refused_also_by_the_worker(done: FinishedRun) -> None:
    order = place(done.store, OrderKind.ROLLBACK, Role.WRITE, mode="hard", count=0)
    await carried_out(work(done))
    found = after(done.store, order)
    assert found.state is OrderState.REFUSED
    assert "takes the role maintain" in found.result["sentence"]
    assert done.run.status is RunStatus.COMPLETED


async def test_what_stands_in_the_way_is_told(done: FinishedRun) -> None:
    order = place(done.store, OrderKind.ROLLBACK, Role.WRITE, mode="steps", count=99)
    await carried_out(work(done))
    found = after(done.store, order)
    assert (found.state, bool(found.result["sentence"])) == (OrderState.REFUSED, True)


async def test_an_order_that_was_carried_out_before_a_crash_is_not_carried_out_again(done: FinishedRun) -> None:
    order = place(done.store, OrderKind.ROLLBACK, Role.MAINTAIN, mode="hard", count=0)
    await carried_out(work(done))
    again = table.update().values(state=OrderState.ASKED, due_at=0.0, result={})
    done.store.write_now(lambda db: db.execute(again))
    await carried_out(work(done))
    found = after(done.store, order)
    assert found.state is OrderState.DONE
    assert any("fix/issue-7" in one["line"] for one in found.result["lines"])
    assert len(done.store.read_now(audit.of_run, RUN)) == 2


async def test_a_budget_is_raised_within_what_the_server_allows(done: FinishedRun) -> None:
    done.store.write_now(lambda db: runs.update_run(db, RUN, status=RunStatus.FAILED, current_step="commit"))
    much = place(done.store, OrderKind.RETRY, Role.WRITE, step="", budget="5000")
    await carried_out(work(done))
    assert after(done.store, much).state is OrderState.REFUSED


async def test_an_error_of_ours_ends_an_order_honestly(done: FinishedRun) -> None:
    order = place(done.store, OrderKind.PLAN, Role.MAINTAIN, mode="odd", count=0)
    await carried_out(work(done))
    found = after(done.store, order)
    assert found.state is OrderState.REFUSED
    assert order.id in found.result["sentence"]


async def test_one_that_was_taken_is_not_taken_again_until_its_lease_is_over(done: FinishedRun) -> None:
    place(done.store, OrderKind.PLAN, Role.MAINTAIN, mode="hard", count=0)
    (taken,) = done.store.write_now(orders.take)
    assert done.store.write_now(orders.take) == []
    assert not done.store.read_now(orders.is_any)
    done.store.write_now(orders.put_off, taken, -1.0)
    assert [one.id for one in done.store.write_now(orders.take)] == [taken.id]


# --- starts ------------------------------------------------------------------------------------------


@dataclass
class Starts:
    desk: Desk
    work: OrderWork

    async def start(self, login: str, role: Role, **about: Any) -> Order:
        scene, store = self.desk.scene, self.desk.store
        host = scene.github.url.partition("//")[2]
        name = f"{host}/octo/sample"
        wanted = {"repository": "octo/sample", "workflow": "issue_to_pr", "hint": "", "approve": False, **about}
        wanted |= {"login": login, "installation": scene.installation}
        who = asdict(Principal(login or "operator (key k)", "api", role, name))
        order = await store.write(orders.place, OrderKind.START, name, wanted, who)
        await carried_out(self.work)
        return after(store, order)


@pytest.fixture
async def starts(desk: Desk) -> Starts:
    starting = desk.dispatch.handler.starting
    app = App(starting.settings, desk.dispatch.handler.services, starting.runs)
    return Starts(desk, OrderWork(app, starting))


async def test_a_run_is_started_on_an_issue_as_it_is_now(starts: Starts) -> None:
    number = starts.desk.scene.issue("It is broken", body="Badly.")
    found = await starts.start("alice", Role.WRITE, number=number, hint="the parser", approve=True)
    assert found.state is OrderState.DONE, found.result
    (run,) = starts.desk.runs()
    assert found.result == {"run": run.id, "new": True}
    assert (run.title, run.inputs["hint"], run.options.approve) == ("It is broken", "the parser", True)
    assert run.inputs["requester"]["login"] == "alice"
    again = await starts.start("alice", Role.WRITE, number=number)
    assert again.result == {"run": run.id, "new": False}


async def test_a_pull_request_is_reviewed_in_full_when_somebody_asks(starts: Starts) -> None:
    pull = starts.desk.scene.pull()
    found = await starts.start("alice", Role.WRITE, number=pull["number"], workflow="review_pr")
    assert found.state is OrderState.DONE, found.result
    (run,) = starts.desk.runs()
    assert (run.workflow, run.inputs["fresh"], run.inputs["quiet"]) == ("review_pr", True, False)


@pytest.mark.parametrize(
    ("role", "about", "words"),
    [
        (Role.READ, {"number": 1}, "takes the role write"),
        (Role.WRITE, {"number": 99}, ""),
        (Role.WRITE, {"number": 1, "workflow": "review_pr"}, "This is an issue."),
    ],
)
async def test_a_start_that_cannot_be_is_refused(starts: Starts, role: Role, about: dict[str, Any], words: str) -> None:
    starts.desk.scene.issue()
    found = await starts.start("alice", role, **about)
    assert found.state is OrderState.REFUSED
    assert words in found.result["sentence"]
    assert starts.desk.runs() == []


async def test_a_closed_issue_is_not_worked_on(starts: Starts) -> None:
    number = starts.desk.scene.issue()
    starts.desk.scene.alice.patch(f"/repos/octo/sample/issues/{number}", json={"state": "closed"}).raise_for_status()
    found = await starts.start("alice", Role.WRITE, number=number)
    assert found.result["sentence"] == "The issue is closed."


async def test_the_operators_key_starts_runs_in_the_apps_name(starts: Starts) -> None:
    number = starts.desk.scene.issue()
    found = await starts.start("", Role.ADMIN, number=number)
    assert found.state is OrderState.DONE, found.result
    (run,) = starts.desk.runs()
    assert run.inputs["requester"]["login"].endswith("[bot]")


async def test_what_github_does_not_answer_now_is_done_later(starts: Starts) -> None:
    number = starts.desk.scene.issue()
    starts.desk.scene.github.fault("/repos/octo/sample/issues/1", status=503, times=50)
    found = await starts.start("alice", Role.WRITE, number=number)
    assert found.state is OrderState.ASKED
    starts.desk.scene.github.heal()
    starts.desk.store.write_now(lambda db: db.execute(table.update().values(due_at=0.0)))
    await carried_out(starts.work)
    assert after(starts.desk.store, found).state is OrderState.DONE
