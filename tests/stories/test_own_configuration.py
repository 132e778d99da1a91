"""Workers that see to a wrong configuration die over each thing that they say of it: each is said once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from bot.webhook.own_configuration import CHECK, TITLE
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres, postgres_url
from tests.stories.conftest import Desk
from tests.stories.fleet import Fleet, fleet_of
from tests.stories.github_desk import REPO, github_desk
from tests.stories.samples import PYTHON

__all__ = ["postgres", "postgres_url"]

pytestmark = [pytest.mark.at_length, pytest.mark.timeout(300)]

FILE = ".github/pullwright.yml"
WRONG, RIGHT = "lables: x\n", "test: pytest\n"


@pytest.fixture
def fleet(github: GitHub, desk: Desk, postgres_url: str) -> Iterator[Fleet]:
    with fleet_of(github_desk(github, desk, PYTHON), postgres_url) as fleet:
        yield fleet


def issues(fleet: Fleet, state: str) -> list[Any]:
    listed = fleet.hub.alice.get(f"{REPO}/issues", params={"state": state, "per_page": 100}).json()
    return [one for one in listed if one["title"] == TITLE]


def handled(fleet: Fleet) -> None:
    """Everything that GitHub has sent is through."""
    fleet.hub.github.settle()
    stored = "SELECT count(*) FROM deliveries WHERE status = 'stored'"
    fleet.hub.wait("all deliveries are through", lambda: fleet.ask(stored) == [(0,)])


def dies_over(fleet: Fleet, method: str, path: str, cause: Callable[[], object], *, late: bool) -> None:
    """A worker is killed at that request: before GitHub has carried it out, or before it hears so. Another goes on."""
    hub = fleet.hub

    def asked() -> int:
        return sum((one["method"], one["path"][-len(path) :]) == (method, path) for one in hub.github.requests())

    worker, before = fleet.worker("a"), asked()
    hub.github.fault(path, method=method, kind="hang", seconds=60, late=late)
    cause()
    hub.wait("it is asked for", lambda: asked() > before)
    worker.kill()
    worker.wait()
    after = fleet.worker("b")
    handled(fleet)
    after.kill()
    after.wait()


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_the_issue_its_end_and_the_check_are_made_once(fleet: Fleet, late: bool) -> None:
    hub = fleet.hub
    dies_over(fleet, "POST", f"{REPO}/issues", lambda: hub.push(FILE, WRONG), late=late)
    (issue,) = issues(fleet, "all")
    assert issue["state"] == "open"
    dies_over(fleet, "PATCH", f"{REPO}/issues/{issue['number']}", lambda: hub.push(FILE, RIGHT), late=late)
    (issue,) = issues(fleet, "all")
    assert issue["state"] == "closed"
    assert issue["body"].count("can be used again") == 1
    assert hub.comments(issue["number"]) == []
    main = hub.alice.get(f"{REPO}/git/ref/heads/main").json()["object"]["sha"]
    hub.alice.post(f"{REPO}/git/refs", json={"ref": "refs/heads/edit", "sha": main}).raise_for_status()
    head = hub.push(FILE, WRONG, branch="edit")
    pull = {"title": "Edit it", "head": "edit", "base": "main"}
    dies_over(fleet, "POST", f"{REPO}/check-runs", lambda: hub.alice.post(f"{REPO}/pulls", json=pull), late=late)
    checks = hub.alice.get(f"{REPO}/commits/{head}/check-runs", params={"check_name": CHECK}).json()["check_runs"]
    assert [one["conclusion"] for one in checks if one["name"] == CHECK] == ["failure"]


def test_two_workers_keep_one_issue_whatever_is_pushed_and_delivered_twice(fleet: Fleet) -> None:
    hub = fleet.hub
    for name in ("a", "b"):
        worker = fleet.worker(name)
        hub.wait("it has signed in", partial(fleet.has_signed_in, worker))
    for text in ("one: 1\n", "two: 2\n"):
        for more in ("", "# again\n"):
            hub.push(FILE, text + more)
        hub.redeliver("push")
        handled(fleet)
        (issue,) = issues(fleet, "open")
        assert f"There is no key '{text[:3]}'" in issue["body"]
        hub.push(FILE, text)
        hub.push(FILE, f"{RIGHT}# not {text}")
        handled(fleet)
        assert issues(fleet, "open") == []
