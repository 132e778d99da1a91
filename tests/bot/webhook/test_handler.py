"""Deliveries as GitHub sends them become runs, answers, or nothing; each once."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.app import DEFINITIONS
from bot.github.api.auth import WRITE
from bot.github.features import ISSUES, LOGS, PULLS_HEARD
from bot.local.detached import NoEngine, NoReporter
from bot.webhook.decisions import Ignore, TriggerName, Wish
from bot.webhook.events.code import PullChanged, TagPushed
from bot.webhook.events.conversation import Commented, IssueLabeled
from bot.webhook.events.reading import parse
from bot.webhook.facts import Facts
from bot.webhook.run_inputs import RunRequest
from bot.webhook.triggers import Trigger
from tests.bot.dispatching import Desk, at_the_desk, desk, scene
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import REPO, Scene
from workflows.errors import DayIsSpent
from workflows.policy.config.repo_config import RepoConfig
from workflows.ports import Usage
from workflows.runs.control import Runs
from workflows.store import deliveries
from workflows.store.deliveries import Delivery
from workflows.store.records import Question, StepRun
from workflows.store.run_rows import runs, spending, steps, waits
from workflows.store.tables import deliveries as table
from workflows.store.tables import workflow_runs
from workflows.values import ApprovalRules, FailureRules, RunStatus, StepStatus, Then

__all__ = ["desk", "github", "scene"]


async def test_a_label_starts_a_run_with_the_snapshot_of_its_issue(desk: Desk) -> None:
    number = desk.scene.issue("It is broken <!-- and this is hidden -->", body="Badly.\n<!-- obey -->")
    desk.label(number)
    await desk.arrive()
    desk.scene.alice.patch(f"{REPO}/issues/{number}", json={"body": "Something else"}).raise_for_status()
    await desk.settle()
    (run,) = desk.runs()
    assert run.repository.endswith("/octo/sample")
    assert run.inputs["forge"] == "github"
    assert run.inputs["installation"] == desk.scene.installation
    assert run.inputs["issue"]["body"] == "Badly."
    assert "hidden" not in run.inputs["issue"]["title"]
    assert run.inputs["requester"]["login"] == "alice"
    assert run.inputs["requester"]["email"].endswith("@users.noreply.github.com")
    assert run.options.model == "scripted/one"


async def test_an_assignment_starts_a_run_where_it_is_to_the_configured_account(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.scene.alice.post(f"{REPO}/issues/{number}/assignees", json={"assignees": ["alice"]}).raise_for_status()
    await desk.settle()
    assert desk.runs() == []
    desk.scene.alice.post(f"{REPO}/issues/{number}/assignees", json={"assignees": ["helper"]}).raise_for_status()
    await desk.settle()
    assert len(desk.runs()) == 1


async def test_a_mention_starts_a_run_with_what_was_said(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.say(number, f"@{desk.scene.app.slug} look at the parser first")
    await desk.settle()
    (run,) = desk.runs()
    assert "look at the parser first" in run.inputs["hint"]


async def test_a_command_starts_a_run_and_is_acknowledged(desk: Desk) -> None:
    number = desk.scene.issue()
    comment = desk.say(number, "/fix the parser")
    await desk.settle()
    (run,) = desk.runs()
    assert (run.inputs["hint"], run.inputs["comment"]) == ("the parser", comment)
    reactions = desk.scene.alice.get(f"{REPO}/issues/comments/{comment}").json()["reactions"]
    assert reactions["eyes"] == 1


@pytest.mark.parametrize("merged", [True, False])
async def test_what_became_of_a_pull_request_of_ours_is_kept(desk: Desk, merged: bool) -> None:
    desk.say(desk.scene.issue(), "/fix")
    await desk.settle()
    (run,) = desk.runs()
    pull = desk.scene.pull()
    desk.store.write_now(runs.merge_state, run.id, {"pull": {"number": pull["number"]}})
    alice, address = desk.scene.alice, f"{REPO}/pulls/{pull['number']}"

    def became() -> Any:
        return desk.store.read_now(lambda db: db.scalar(sa.select(workflow_runs.c.merged)))

    assert became() is None
    if merged:
        alice.put(f"{address}/merge", json={}).raise_for_status()
    else:
        alice.patch(address, json={"state": "closed"}).raise_for_status()
    await desk.settle()
    assert became() is merged
    if not merged:
        alice.patch(address, json={"state": "open"}).raise_for_status()
        await desk.settle()
        assert became() is None


async def test_a_plan_waits_for_approval(desk: Desk) -> None:
    desk.say(desk.scene.issue(), "/plan")
    await desk.settle()
    (run,) = desk.runs()
    assert run.options.approve


async def test_an_outsider_starts_nothing_and_is_answered_once_at_most(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.say(number, "/fix", "bob")
    desk.say(number, f"@{desk.scene.app.slug} do it", "bob")
    desk.say(number, "/fix now", "bob")
    await desk.settle()
    assert desk.runs() == []
    assert len(desk.comments(number)) == 1


async def test_a_second_trigger_is_answered_with_the_first_run(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.label(number)
    await desk.settle()
    desk.say(number, "/fix")
    desk.say(number, f"@{desk.scene.app.slug} please")
    await desk.settle()
    (run,) = desk.runs()
    answers = desk.comments(number)
    assert len(answers) == 2
    assert all(run.id in answer for answer in answers)


async def test_a_repository_that_was_renamed_has_its_runs_still_and_its_old_name_is_another_repositorys(
    desk: Desk,
) -> None:
    number = desk.scene.issue()
    desk.label(number)
    await desk.settle()
    (run,) = desk.runs()
    github = desk.scene.github
    github.roles("octo/sample", root="admin")
    github.as_user("root").patch(REPO, json={"name": "renamed"}).raise_for_status()
    there = f"/repos/octo/renamed/issues/{number}/comments"
    desk.scene.alice.post(there, json={"body": "/fix"}).raise_for_status()
    await desk.settle()
    assert [one.id for one in desk.runs()] == [run.id], "one run works on one issue, whatever its repository is called"
    assert run.id in desk.scene.alice.get(there).json()[-1]["body"]
    github.repository("octo/sample", roles={"alice": "write", "helper": "write"})
    assert desk.scene.issue() == number
    desk.label(number)
    await desk.settle()
    (other,) = [one for one in desk.runs() if one.id != run.id]
    assert other.inputs["repository"] == "octo/sample"
    assert other.repository.startswith(f"{run.repository}~"), "neither its runs nor its mirror are the other's"


async def test_an_issue_that_is_opened_with_label_and_assignee_is_one_request(desk: Desk) -> None:
    number = desk.scene.issue(labels=["pullwright"], assignees=["helper"], body="/plan with care")
    await desk.settle()
    (run,) = desk.runs()
    assert (run.options.approve, run.inputs["hint"]) == (True, "with care")
    assert desk.comments(number) == []


async def test_a_delivery_that_is_handled_twice_starts_once_and_says_nothing(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.label(number)
    desk.say(number, "/help")
    await desk.settle()
    for run in desk.runs():
        await Runs(desk.store, NoEngine(), DEFINITIONS, NoReporter()).abort(run.id, asker=_asker())
    said = desk.comments(number)
    desk.store.write_now(lambda db: db.execute(table.update().values(status="stored", due_at=0.0)))
    await desk.settle()
    assert len(desk.runs()) == 1
    assert desk.comments(number) == said


async def test_a_wrong_configuration_is_answered_once_with_its_place(desk: Desk) -> None:
    desk.configure("triggers:\n  label: perhaps\nlabel: robot\n")
    number = desk.scene.issue()

    def label_again() -> None:
        desk.scene.alice.delete(f"{REPO}/issues/{number}/labels/robot")
        desk.label(number, "robot")

    label_again()
    label_again()
    await desk.settle()
    assert desk.runs() == []
    (answer,) = desk.comments(number)
    assert ".github/pullwright.yml:2" in answer.replace("\\", "")
    desk.configure("label: robot\n")
    label_again()
    await desk.settle()
    assert len(desk.runs()) == 1, "what was mended counts at once"


async def test_the_repository_asks_for_less_than_the_server_allows_never_for_more(scene: Scene, tmp_path: Path) -> None:
    async with at_the_desk(scene, tmp_path, price="1,2") as desk:
        desk.configure("max_cost: 50\nmax_minutes: 5\n")
        desk.label(desk.scene.issue())
        await desk.settle()
        (run,) = desk.runs()
        assert (run.options.bounds.usd, run.options.bounds.minutes) == (2.0, 5)


async def test_a_cap_that_the_repository_names_is_kept_or_nothing_starts(desk: Desk) -> None:
    desk.configure("test: pytest\nmax_cost: 1\n")
    number = desk.scene.issue()
    desk.label(number)
    await desk.settle()
    assert desk.runs() == []
    (answer,) = desk.comments(number)
    plain = answer.replace("\\", "")
    assert ".github/pullwright.yml:2: max_cost cannot be kept: the price of scripted/one is not known." in plain
    assert "Set PULLWRIGHT_PRICE=IN,OUT" in plain


async def test_a_cap_that_may_not_hold_is_told_in_the_log_and_a_larger_one_is_not_given(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    number = desk.scene.issue()
    desk.label(number)
    await desk.settle()
    (run,) = desk.runs()
    assert "The price of scripted/one is not known: the cap of $2 holds only if the provider tells" in caplog.text
    failed = {"status": RunStatus.FAILED, "current_step": "plan"}
    desk.store.write_now(runs.update_run, run.id, **failed)
    desk.say(number, "/retry budget=5")
    await desk.settle()
    assert "budget= cannot be kept: the price of scripted/one is not known" in desk.comments(number)[-1]
    assert desk.runs()[0].options.bounds.usd == 2.0
    desk.store.write_now(spending.add_call, run.id, "plan", "plan", "scripted/one", Usage(usd=2.0))
    desk.say(number, "/retry budget=5")
    await desk.settle()
    assert desk.runs()[0].options.bounds.usd == 5.0, "the provider tells its costs"


async def test_an_account_that_has_spent_its_day_is_told_so_and_starts_nothing(scene: Scene, tmp_path: Path) -> None:
    async with at_the_desk(scene, tmp_path, max_daily_cost="3") as desk:
        first, second = scene.issue(), scene.issue()
        desk.label(first)
        await desk.settle()
        (run,) = desk.runs()
        desk.store.write_now(spending.add_call, run.id, "plan", "plan", "m", Usage(usd=3.0))
        desk.label(second)
        await desk.settle()
        assert desk.runs() == [run]
        plain = desk.comments(second)[0].replace("\\", "")
        assert "/octo have spent $3.00 today, of $3 that they may." in plain
        assert "PULLWRIGHT_MAX_DAILY_COST" in plain
        desk.store.write_now(runs.update_run, run.id, status=RunStatus.FAILED, current_step="plan")
        desk.say(first, "/retry")
        await desk.settle()
        assert "have spent $3.00 today" in desk.comments(first)[-1]
        assert desk.runs()[0].status is RunStatus.FAILED


async def test_what_outsiders_cause_shares_a_cap_per_day_and_repository(desk: Desk) -> None:
    """No trigger lets one start anything: what later does goes through the same place, and says so."""
    starting = desk.dispatch.handler.starting
    numbers = [desk.scene.issue() for _ in range(3)]
    for number in numbers:
        desk.label(number, "question")
    await desk.arrive()
    sent = await asyncio.to_thread(desk.scene.github.deliveries)
    events = [parse(one["event"], one["payload"]) for one in sent]
    labeled = {one.issue.number: one for one in events if isinstance(one, IssueLabeled)}
    first, second, third = (labeled[number] for number in numbers)
    run = await starting.start(RunRequest(first, "1", RepoConfig(), outsider=True))
    desk.store.write_now(spending.add_call, run.id, "plan", "plan", "m", Usage(usd=5.0))
    with pytest.raises(DayIsSpent, match=r"without write permission caused in \S+/octo/sample have spent \$5"):
        await starting.start(RunRequest(second, "2", RepoConfig(), outsider=True))
    assert await starting.start(RunRequest(third, "3", RepoConfig()))
    assert len(desk.runs()) == 2


async def test_without_a_model_the_asker_is_told(scene: Scene, tmp_path: Path) -> None:
    async with at_the_desk(scene, tmp_path, model="") as desk:
        number = scene.issue()
        desk.label(number)
        await desk.settle()
        assert desk.runs() == []
        assert "model" in desk.comments(number)[0]
        assert "failed" in dict(desk.outcomes())


async def test_a_run_is_started_with_the_rules_of_its_repository_and_wrong_ones_are_told(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.configure("workflows:\n  issue_to_pr:\n    on_failure: retry\napproval:\n  role: maintain\n")
    desk.label(number)
    await desk.settle()
    (run,) = desk.runs()
    assert (run.options.failure, run.options.approval) == (FailureRules(Then.RETRY), ApprovalRules("maintain"))
    other = desk.scene.issue()
    text = "workflows:\n  issue_to_pr:\n    steps:\n      parse: skip\n"
    desk.configure(text)
    desk.dispatch.handler.starting.forget("octo/sample")
    desk.label(other)
    await desk.settle()
    assert len(desk.runs()) == 1
    assert ".github/pullwright.yml:4: workflows.issue" in desk.comments(other)[-1].replace("\\", "")


async def test_a_permission_that_was_not_granted_is_told_once_to_who_may_ask(desk: Desk) -> None:
    scene = desk.scene
    granted = {"issues": "write", "pull_requests": "write", "checks": "write", "metadata": "read"}
    scene.github.grant(scene.installation, permissions=granted)
    asked, talked = scene.issue(), scene.issue()
    desk.say(asked, "/fix")
    desk.label(asked)
    desk.say(asked, "/status")
    desk.label(talked, "question")
    desk.say(talked, "/assign")
    desk.say(talked, "/fix", "bob")
    await desk.settle()
    (answer,) = desk.comments(asked)
    assert "lacks the permission contents: read" in answer
    assert "accept the change" in answer
    assert desk.comments(talked) == []


async def _needs_logs(event: Commented, facts: Facts) -> Wish | Ignore:
    return Wish("read the log") if "log" in event.body else Ignore("no log is asked for")


async def test_what_takes_a_permission_that_was_not_accepted_says_so_and_all_else_works(desk: Desk) -> None:
    scene, handler = desk.scene, desk.dispatch.handler
    row = Trigger(
        TriggerName.MENTION, "a comment asks for a log", Commented, _needs_logs, "issue_to_pr", (ISSUES, LOGS)
    )
    handler.table = (row, *handler.table)
    number = scene.issue()
    desk.say(number, "the log, please", "bob")
    desk.say(number, "the log, please")
    await desk.settle()
    assert desk.runs() == []
    (answer,) = desk.comments(number)
    assert "has not granted actions: read, which reading the logs of failed jobs takes" in answer
    assert f"/settings/installations/{scene.installation}" in answer.replace("\\", "")
    desk.say(number, "the log, once more")
    desk.say(number, "/fix")
    await desk.settle()
    (run,) = desk.runs()
    assert run.inputs["hint"] == "", "what takes no such permission works"
    assert len(desk.comments(number)) == 1, "the same is said once"
    other = scene.issue()
    scene.github.grant(scene.installation, permissions={**WRITE, "actions": "read"})
    desk.say(other, "the log, please")
    await desk.settle()
    assert {run.inputs["hint"] for run in desk.runs()} == {"", "read the log"}


async def test_a_workflow_on_a_tag_is_told_where_it_can_be_and_else_only_logged(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async def pushed(event: TagPushed, facts: Facts) -> Wish:
        return Wish()

    desk.dispatch.handler.table = (
        Trigger(TriggerName.RULE, "a tag is pushed", TagPushed, pushed, "issue_to_pr", role=None),
    )
    head = desk.scene.branch("work", "one.txt")
    made = {"ref": "refs/tags/v1", "sha": head}
    desk.scene.alice.post(f"{REPO}/git/refs", json=made).raise_for_status()
    await desk.settle()
    assert desk.runs() == [], "this workflow is about issues"
    assert [why for status, why in desk.outcomes() if status == "failed"] == [
        "Issue to pull request is not about a tag."
    ]
    assert "octo/sample@v1: " in caplog.text


async def test_what_a_repositorys_rule_starts_for_somebody_who_may_not_write_counts_as_an_outsiders(desk: Desk) -> None:
    async def opened(event: PullChanged, facts: Facts) -> Wish | Ignore:
        return Wish(f"What does {event.pull.title} do?") if event.action == "opened" else Ignore("it is not new")

    row = Trigger(
        TriggerName.RULE, "a pull request is opened", PullChanged, opened, "explain", (PULLS_HEARD,), None, told=False
    )
    desk.dispatch.handler.table = (row,)
    desk.scene.branch("work", "one.txt")
    given = {"title": "Mend it", "head": "work", "base": "main"}
    for who in ("bob", "alice"):
        made = desk.scene.github.as_user(who).post(f"{REPO}/pulls", json=given).raise_for_status().json()
        await desk.settle()
        run = desk.runs()[0]
        assert (run.inputs["outsider"], run.inputs["requester"]["login"]) == (who == "bob", who)
        assert run.inputs["subject"] | {"kind": "pull", "number": made["number"]} == run.inputs["subject"]
        assert run.inputs["base_commit"] == made["head"]["sha"]
        desk.scene.alice.patch(f"{REPO}/pulls/{made['number']}", json={"state": "closed"}).raise_for_status()
    await desk.settle()
    assert len(desk.runs()) == 2


async def test_a_payload_that_is_misshapen_ends_with_a_sentence_and_nothing_is_said(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.label(number)
    await asyncio.to_thread(desk.scene.github.settle)
    one = next(one for one in desk.scene.github.deliveries("issues") if one["action"] == "labeled")
    whole = one["payload"]
    for at, (name, value) in enumerate([("issue", None), ("issue", {"number": -1}), ("installation", None)]):
        kept = json.dumps(whole | {name: value}).encode()
        await desk.store.write(deliveries.keep, [Delivery(f"odd-{at}-{'x' * 8}", "issues", kept, time.time())])
    await desk.store.write(deliveries.keep, [Delivery("odd-list-xxxxxxx", "release", b"[]", time.time())])
    desk.seen = len(desk.scene.github.deliveries())
    await desk.settle()
    assert desk.runs() == []
    found = desk.outcomes()
    assert {status for status, _ in found} == {"failed"}
    assert sorted(why for _, why in found) == [
        "The payload of this issues has no installation. A webhook of the repository's own names none: use the App's.",
        "The payload of this issues has no issue.",
        "The payload of this issues is not as GitHub describes it.",
        "The payload of this release is not as GitHub describes it.",
    ]
    assert desk.comments(number) == []


async def test_a_plain_comment_answers_what_the_run_asks_and_nothing_else(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.say(number, "/fix")
    await desk.settle()
    (run,) = desk.runs()
    desk.say(number, "Just talking.")
    await desk.settle()
    question = Question(run.id, 0, "implement", "question", "Which?", "", "abort", time.time())
    desk.store.write_now(waits.ask, question)
    desk.store.write_now(lambda db: runs.update_run(db, run.id, status=RunStatus.WAITING))
    desk.say(number, "Not mine to say.", "bob")
    desk.say(number, "The second.")
    desk.say(number, "I mean the third.")
    await desk.settle()
    (run,) = desk.runs()
    assert (run.status, run.state["answer"]) == (RunStatus.PENDING, "The second.")
    assert desk.comments(number) == []


async def test_a_run_that_was_retried_is_found_by_the_next_request(desk: Desk) -> None:
    number = desk.scene.issue()
    for said in ("/fix", "/abort", "/retry parse", "/abort"):
        desk.say(number, said)
        await desk.settle()
        if said == "/abort":
            _attempted(desk)
    desk.say(number, "/retry")
    desk.say(number, "/fix")
    await desk.settle()
    (run,) = desk.runs()
    assert (run.status, run.segment) == (RunStatus.PENDING, 2)
    assert "already works on this issue" in desk.comments(number)[-1]


def _attempted(desk: Desk) -> None:
    """The run has come to its first step, which the engine of these tests does not do."""
    (run,) = desk.runs()
    if desk.store.read_now(steps.last_with_key, run.id, "parse") is None:
        desk.store.write_now(steps.begin_step, StepRun(run.id, 0, 0, 1, "parse", StepStatus.ABORTED))


def _asker() -> Any:
    from workflows.runs.control import Asker

    return Asker("alice", "github")
