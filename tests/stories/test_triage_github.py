"""Triage on GitHub: by a label, by command, and once more when whoever reported it says what was missing."""

from __future__ import annotations

import json

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.scripted_model import Conversation, Turn
from tests.stories.conftest import Desk, desk, finish, folder, shell
from tests.stories.github_desk import REPO, GitHubDesk, github_desk
from tests.stories.samples import PYTHON
from tests.stories.test_triage import SHOWS, judges, same, writes

__all__ = ["desk", "folder"]

RULES = f"{PYTHON['.github/pullwright.yml']}workflows:\n  triage:\n    labels: apply\n"
LACKS = json.dumps({"vulnerability": False, "kind": "bug", "priority": "", "missing": ["What comes?"]})


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    hub = github_desk(github, desk, PYTHON | {".github/pullwright.yml": RULES, "SECURITY.md": "Write to us.\n"})
    for name in ("bug", "enhancement", "priority: high"):
        hub.alice.post(f"{REPO}/labels", json={"name": name, "color": "aaaaaa"}).raise_for_status()
    return hub


def labels(hub: GitHubDesk, number: int) -> list[str]:
    return [one["name"] for one in hub.alice.get(f"{REPO}/issues/{number}/labels").json()]


def typed(hub: GitHubDesk, number: int) -> tuple[str, list[str]]:
    found = hub.alice.get(f"{REPO}/issues/{number}").json()
    chosen = [one["single_select_option"]["name"] for one in found.get("issue_field_values") or ()]
    return (found.get("type") or {}).get("name", ""), chosen


@pytest.mark.at_length
def test_what_is_missing_is_asked_for_once_and_the_answer_has_it_reproduced_and_labelled(hub: GitHubDesk) -> None:
    hub.desk.model.conversations = [
        Conversation("(?s)Judge this report.*-1 instead of 3", judges().turns, repeat_last=True),
        Conversation("Judge this report", (Turn(LACKS),), repeat_last=True),
        writes(shell(SHOWS), finish()),
        same(),
    ]
    field = hub.github.issue_types("octo/adder", "Task", "Bug", Priority=["Urgent", "High"])["Priority"]
    other = f"{REPO}/issues/{hub.issue('Logo is blue', body='It was green.')}/issue-field-values"
    hub.alice.post(other, json={"issue_field_values": [{"field_id": field, "value": "High"}]}).raise_for_status()
    with hub.serving():
        number = hub.issue(body="Sums are wrong.", by=hub.bob)
        hub.say(number, "/triage", by=hub.bob)
        hub.wait("bob is told no", lambda: [one for one in hub.ours(number) if "takes the role *write*" in one["body"]])
        hub.alice.post(f"{REPO}/issues/{number}/labels", json={"labels": ["bug"]}).raise_for_status()
        hub.wait("it asks", lambda: [one for one in hub.progress(number) if "What comes?" in one["body"]])
        hub.say(number, "I have seen that, too.")
        hub.say(number, "`add(1, 2)` gives -1 instead of 3. @everyone", by=hub.bob)
        (told,) = hub.wait(
            "it is reproduced", lambda: [one for one in hub.progress(number) if "### A bug (high), rep" in one["body"]]
        )
        assert "`test_report.py::test_sum` fails three times alike" in told["body"]
        assert "@everyone" not in told["body"]
        assert sorted(labels(hub, number)) == ["bug", "priority: high"]
        assert typed(hub, number) == ("Bug", ["High"])
        assert "**Field** `Priority` chosen: `High`" in told["body"]
        assert len(hub.runs()) == 2, "what others say is no answer"
        hub.github.roles("octo/adder", max="maintain")
        hub.say(number, "/rollback hard triage", by=hub.github.as_user("max"))
        hub.wait("it is taken back", lambda: [one for one in hub.runs() if one["status"] == "rolled_back"], 20)
        assert labels(hub, number) == ["bug"], hub.ours(number)
        assert typed(hub, number) == ("Bug", []), "the type is what the first of them gave"


@pytest.mark.at_length
def test_what_looks_like_a_vulnerability_is_neither_tried_nor_talked_about(hub: GitHubDesk) -> None:
    with hub.serving():
        number = hub.issue("SQL injection", body='`add("\'; DROP")` does it.', labels=["bug"])
        (told,) = hub.wait(
            "it is told",
            lambda: [one for one in hub.progress(number) if "What may touch security" in one["body"]],
        )
        assert "as `SECURITY.md` of this repository says" in told["body"]
        assert "inject" not in told["body"].lower()
        assert "adder.py" not in told["body"]
        assert labels(hub, number) == ["bug"]
        assert hub.desk.model.requests == [], "nobody was shown it"


@pytest.mark.at_length
def test_a_dry_run_reads_what_there_is_and_writes_nothing(hub: GitHubDesk) -> None:
    other = hub.issue("Sums come out too small", body="add() is wrong.")
    number = hub.issue()
    hub.desk.model.conversations = [
        judges(),
        same({"number": other, "why": "Both are about sums."}),
        writes(shell(SHOWS), finish()),
    ]
    before = [request for request in hub.github.requests() if request["method"] != "GET"]
    done = hub.desk.run("triage", f"octo/adder#{number}", "--dry-run", "--json")
    assert done.code == 0, done.err
    assert done.data["reproduction"]["verdict"] == "reproduced"
    assert [one["number"] for one in done.data["same"]] == [other]
    assert done.data["labels"] == {"wanted": ["bug", "priority: high"], "added": []}
    after = [request for request in hub.github.requests() if request["method"] != "GET"]
    assert [one for one in after[len(before) :] if "access_tokens" not in one["path"]] == []


@pytest.mark.at_length
@pytest.mark.parametrize("how", ["comment", "edit"])
def test_what_the_reporter_adds_before_anything_was_asked_for_is_not_lost(hub: GitHubDesk, how: str) -> None:
    hub.desk.model.conversations = [
        Conversation("(?s)Judge this report.*-1 instead of 3", judges().turns, repeat_last=True),
        Conversation("Judge this report", (Turn(LACKS),), repeat_last=True),
        writes(shell(SHOWS), finish()),
        same(),
    ]
    held = hub.desk.folder / "held"
    with hub.serving(trap=Trap("compare", act="hold", flag=str(held))):
        number = hub.issue(body="Sums are wrong.", by=hub.bob, labels=["bug"])
        hub.alice.post(f"{REPO}/issues/{number}/labels", json={"labels": ["bug"]}).raise_for_status()
        hub.wait("it is held", held.exists)
        more = "`add(1, 2)` gives -1 instead of 3."
        if how == "comment":
            hub.say(number, more, by=hub.bob)
        else:
            hub.bob.patch(f"{REPO}/issues/{number}", json={"body": f"Sums are wrong. {more}"}).raise_for_status()
        hub.github.settle()
        held.unlink()
        hub.wait("it is reproduced", lambda: [one for one in hub.progress(number) if "reproduced." in one["body"]])
        assert len(hub.runs()) == 2


@pytest.mark.at_length
@pytest.mark.parametrize("how", ["closed", "locked", "transferred"])
def test_an_issue_that_is_taken_back_while_it_is_looked_through_is_left_as_it_is(hub: GitHubDesk, how: str) -> None:
    hub.desk.model.conversations = [judges(), same(), writes(shell(SHOWS), finish())]
    held = hub.desk.folder / "held"
    with hub.serving(trap=Trap("label", act="hold", flag=str(held))):
        number = hub.issue()
        hub.alice.post(f"{REPO}/issues/{number}/labels", json={"labels": ["bug"]}).raise_for_status()
        hub.wait("it is held", held.exists)
        if how == "closed":
            hub.alice.patch(f"{REPO}/issues/{number}", json={"state": "closed"}).raise_for_status()
        elif how == "locked":
            hub.alice.put(f"{REPO}/issues/{number}/lock", json={"lock_reason": "off-topic"}).raise_for_status()
        else:
            hub.github.repository("octo/elsewhere")
            hub.github.remove_issue("octo/adder", number, to="octo/elsewhere")
        hub.wait("it is stopped", lambda: [one for one in hub.runs() if one["status"] == "aborted"])
        held.unlink(missing_ok=True)
        hub.github.settle()
        if how != "transferred":
            assert labels(hub, number) == ["bug"]
