"""Caps in dollars, as a user meets them: they bind, or nothing starts, or it is said that they may not."""

from dataclasses import replace

import pytest

from tests.fakes.scripted_model import Conversation
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.samples import PYTHON, PYTHON_ISSUE

RIGHT = edit("adder.py", "a - b", "a + b")
WARNING = "pullwright: The price of openai/scripted is not known: the cap of $2 holds only if the provider tells"


def told(usd: float, conversations: list[Conversation]) -> list[Conversation]:
    """The same answers, each with what it cost."""
    return [
        replace(one, turns=tuple(replace(turn, usage={"cost": usd}) for turn in one.turns)) for one in conversations
    ]


def test_a_cap_that_is_asked_for_by_name_is_kept_or_no_model_is_called(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    desk.model.conversations = answers([RIGHT, finish()])
    issue = desk.issue(PYTHON_ISSUE)
    refused = desk.run("solve", desk.repository, "--issue", issue, "--max-cost", "0.0001")
    assert refused.code == 1
    (line,) = refused.err.splitlines()
    assert line.startswith("pullwright: --max-cost cannot be kept: the price of openai/scripted is not known.")
    assert "PULLWRIGHT_PRICE=IN,OUT" in line
    known, fallback = {"PULLWRIGHT_MODEL": "openai/gpt-4o"}, {"PULLWRIGHT_FALLBACK_MODEL": "openai/scripted"}
    assert "openai/scripted is not known" in desk.solve(issue, "--max-cost", "1", **known, **fallback).err
    (desk.repository / ".github" / "pullwright.yml").write_text("max_cost: 1\n")
    desk.git("commit", "-qam", "Bound it")
    assert ".github/pullwright.yml:1: max_cost cannot be kept" in desk.solve(issue).err
    assert desk.model.requests == []
    assert "There are no runs" in desk.run("runs").out


@pytest.mark.at_length
def test_a_cap_of_the_settings_may_not_hold_and_that_is_said_once_before_the_first_step(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    desk.model.conversations = answers([RIGHT, finish()])
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert solved.code == 0, solved.err
    assert solved.err.startswith(WARNING)
    assert solved.err.count("PULLWRIGHT_PRICE=IN,OUT") == 1
    called = len(desk.model.requests)
    for command in ("resume", "retry"):
        refused = desk.run(command, solved.data["run"], "--max-cost", "5")
        assert (refused.code, "--max-cost cannot be kept: the price" in refused.err) == (1, True), refused
    assert len(desk.model.requests) == called


@pytest.mark.at_length
def test_a_price_by_hand_lets_a_cap_be_named_and_free_is_a_price(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    desk.model.conversations = answers([RIGHT, finish()])
    solved = desk.solve(desk.issue(PYTHON_ISSUE), "--max-cost", "0.0001", PULLWRIGHT_PRICE="0,0")
    assert solved.code == 0, solved.err
    assert "is not known" not in solved.err


@pytest.mark.at_length
def test_what_the_provider_tells_binds_a_run_and_one_that_it_stopped_goes_on_with_a_larger_cap(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    desk.model.conversations = told(0.5, answers([shell("true"), shell("true"), shell("true"), RIGHT, finish()]))
    stopped = desk.solve(desk.issue(PYTHON_ISSUE))
    assert stopped.code == 1, stopped.err
    assert "budget of dollars" in stopped.err
    assert len(desk.model.requests) <= 5
    resumed = desk.run("resume", stopped.data["run"], "--json", "--max-cost", "20")
    assert resumed.code == 0, resumed.err


@pytest.mark.at_length
def test_a_day_that_is_spent_stops_a_run_between_two_calls_and_lets_none_start(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    desk.model.conversations = told(0.5, answers([shell("true"), RIGHT, finish()]))
    today = {"PULLWRIGHT_MAX_DAILY_COST": "1.5", "PULLWRIGHT_MAX_COST": "100"}
    issue = desk.issue(PYTHON_ISSUE)
    stopped = desk.solve(issue, **today)
    assert stopped.code == 1, stopped.err
    assert "Local runs have spent $1.50 today, of $1.5 that they may." in stopped.err
    assert "PULLWRIGHT_MAX_DAILY_COST" in stopped.err
    assert len(desk.model.requests) == 3
    again = desk.run("resume", stopped.data["run"], **today)
    assert (again.code, "Local runs have spent $1.50 today" in again.err) == (1, True), again
    other = desk.run("solve", desk.repository, "--issue", desk.issue("# Other\n\nSomething else.\n", "b.md"), **today)
    assert (other.code, "Local runs have spent $1.50 today" in other.err) == (1, True), other
    assert len(desk.model.requests) == 3
    resumed = desk.run("resume", stopped.data["run"], "--json", **{**today, "PULLWRIGHT_MAX_DAILY_COST": "50"})
    assert resumed.code == 0, resumed.err
