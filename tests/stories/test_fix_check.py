"""What a triage has reproduced is run on a pull request that says it mends it, and told there once."""

from __future__ import annotations

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres as postgres
from tests.fakes.postgres import postgres_url as postgres_url
from tests.stories.conftest import Desk, desk, finish, folder, shell
from tests.stories.github_desk import REPO, GitHubDesk, github_desk
from tests.stories.samples import PYTHON
from tests.stories.test_triage import SHOWS, judges, same, writes
from workflows.triage.fix_check.definition import FIX_CHECK

__all__ = ["desk", "folder"]

pytestmark = [pytest.mark.at_length, pytest.mark.timeout(300)]
MOMENTS = ("before", "begun", "write", "done", "recorded")
WRONG, RIGHT = PYTHON["adder.py"], "def add(a, b):\n    return a + b\n"


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    desk.model.conversations = [writes(shell(SHOWS), finish()), judges(), same()]
    rules = PYTHON[".github/pullwright.yml"] + "triggers: {pull: false}\n"
    return github_desk(github, desk, {**PYTHON, ".github/pullwright.yml": rules})


def reproduced(hub: GitHubDesk) -> int:
    """An issue that a triage has reproduced."""
    number = hub.issue()
    hub.say(number, "/triage")
    hub.wait("it is reproduced", lambda: [one for one in hub.ours(number) if "**Reproduced**" in one["body"]])
    return number


def proposed(hub: GitHubDesk, text: str, body: str) -> int:
    main = hub.alice.get(f"{REPO}/git/ref/heads/main").json()["object"]["sha"]
    hub.alice.post(f"{REPO}/git/refs", json={"ref": "refs/heads/change", "sha": main}).raise_for_status()
    hub.push("adder.py", text, branch="change")
    fields = {"title": "Sums", "body": body, "head": "change", "base": "main"}
    return int(hub.alice.post(f"{REPO}/pulls", json=fields).raise_for_status().json()["number"])


def told(hub: GitHubDesk, number: int) -> list[str]:
    return [one["body"] for one in hub.ours(number) if "What reproduced #" in one["body"]]


def over(hub: GitHubDesk) -> bool:
    hub.github.settle()
    found = [one for one in hub.runs() if one["workflow"] == "fix_check"]
    return bool(found) and all(one["status"] == "completed" for one in found)


def test_each_result_is_told_once(hub: GitHubDesk) -> None:
    with hub.serving():
        issue = reproduced(hub)
        number = proposed(hub, WRONG + "# mended\n", f"Fixes #{issue}.")
        hub.wait("it is told", lambda: told(hub, number))
        assert f"What reproduced #{issue} still fails with this change" in told(hub, number)[0]
        hub.push("adder.py", WRONG + "# mended well\n", branch="change")
        hub.wait(
            "it is tried again", lambda: len([o for o in hub.runs() if o["workflow"] == "fix_check"]) == 2 and over(hub)
        )
        assert len(told(hub, number)) == 1
        hub.push("adder.py", RIGHT, branch="change")
        hub.wait("it is told anew", lambda: len(told(hub, number)) == 2)
        assert f"What reproduced #{issue} passes with this change, and fails without it." in told(hub, number)[1]


def test_each_issue_that_a_pull_request_names_is_tried(hub: GitHubDesk) -> None:
    with hub.serving():
        first, second = reproduced(hub), reproduced(hub)
        number = proposed(hub, RIGHT, f"Fixes #{first}. Fixes #{second}.")
        hub.wait("both are told", lambda: len(told(hub, number)) == 2)
        said = "".join(told(hub, number))
        for issue in (first, second):
            assert f"What reproduced #{issue} passes with this change, and fails without it." in said


@pytest.mark.parametrize(("database", "moment"), [*(("sqlite", moment) for moment in MOMENTS), ("postgres", "write")])
def test_killed_at_each_of_its_steps_it_is_told_once(
    hub: GitHubDesk, database: str, moment: str, request: pytest.FixtureRequest
) -> None:
    if database == "postgres":
        url = request.getfixturevalue("postgres_url")
        hub.desk.env |= {"PULLWRIGHT_DATABASE": url, "PULLWRIGHT_SILENT_SECONDS": "0.5"}
    with hub.serving():
        issue = reproduced(hub)
    number = 0
    for key in ("tell",) if moment == "write" else FIX_CHECK.keys:
        process = hub.start(trap=Trap(key, moment, number=1 if moment == "write" else 0))
        number = number or proposed(hub, RIGHT, f"Fixes #{issue}.")
        hub.wait(f"it dies at {key}", lambda process=process: process.poll() is not None)
    with hub.serving():
        hub.wait("it is over", lambda: over(hub))
    assert len(told(hub, number)) == 1
