"""The App as people on GitHub meet it: asked in an issue, it answers with a verified pull request."""

from __future__ import annotations

import pytest

from bot.github.manifest import read_manifest
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.scripted_model import Fault, Turn
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.github_desk import REPO, GitHubDesk, at_work, github_desk
from tests.stories.samples import PYTHON

RIGHT = edit("adder.py", "a - b", "a + b")
SCRIPT = [RIGHT, shell("pytest -q"), finish()]
TEMPLATE = "## What and why\n\n- [ ] I have read CONTRIBUTING\n"


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    desk.model.conversations = answers(SCRIPT)
    return github_desk(github, desk, PYTHON | {".github/pull_request_template.md": TEMPLATE})


def test_an_issue_that_is_assigned_to_the_machine_account_becomes_a_verified_pull_request(hub: GitHubDesk) -> None:
    number = hub.issue(labels=["defect"])
    spy = shell("env; cat /proc/*/environ /proc/*/cmdline; cat ~/.git-credentials; git config --list; pytest -q")
    hub.desk.model.conversations = answers([RIGHT, spy, finish()])
    with hub.serving():
        hub.alice.post(f"{REPO}/issues/{number}/assignees", json={"assignees": ["acme-bot"]}).raise_for_status()
        pull = hub.finished(number)
        hub.wait("the check is completed", lambda: _checks(hub, pull)[:1] and _checks(hub, pull)[0]["conclusion"])
    assert (pull["head"]["ref"], pull["base"]["ref"], pull["draft"]) == (f"fix/issue-{number}", "main", False)
    assert f"Fixes #{number}" in pull["body"]
    assert "2 passed, 0 failed" in pull["body"]
    assert "I have read CONTRIBUTING" in pull["body"]
    assert [who["login"] for who in pull["requested_reviewers"]] == ["alice"]
    assert hub.file("adder.py", pull["head"]["ref"]) == "def add(a, b):\n    return a + b\n"
    commit = hub.alice.get(f"{REPO}/commits/{pull['head']['sha']}").json()
    assert "Co-authored-by: alice <" in commit["commit"]["message"]
    (comment,) = hub.progress(number)
    assert pull["html_url"] in comment["body"]
    assert "2 passed, 0 failed" in comment["body"]
    (check,) = _checks(hub, pull)
    assert (check["status"], check["conclusion"]) == ("completed", "success")
    assert hub.ours(number) == [comment], "one comment, edited"
    assert _files_with(hub, b"ghs_", b"eC1hY2Nlc3MtdG9rZW46", hub.app.webhook_secret.encode()) == {"github.json"}


@pytest.mark.at_length
def test_label_mention_and_command_each_start_one_run_and_are_acknowledged(hub: GitHubDesk) -> None:
    with hub.serving():
        labelled, mentioned, commanded = hub.issue("One"), hub.issue("Two"), hub.issue("Three")
        hub.alice.post(f"{REPO}/issues/{labelled}/labels", json={"labels": ["pullwright"]}).raise_for_status()
        mention = hub.say(mentioned, f"@{hub.app.slug} please have a look")
        command = hub.say(commanded, "/plan keep the name")
        for said in (mention, command):
            hub.wait("it is acknowledged", lambda said=said: "eyes" in hub.reactions(said))
        for number in (labelled, mentioned, commanded):
            hub.wait("the run shows itself", lambda number=number: hub.progress(number))
        hub.wait("the plan is shown", lambda: "Waiting for an answer" in hub.progress(commanded)[0]["body"])
    assert len(hub.runs()) == 3


@pytest.mark.at_length
def test_strangers_bots_quotes_repetitions_and_replays_start_nothing(hub: GitHubDesk) -> None:
    with hub.serving():
        number = hub.issue(by=hub.bob)
        hub.say(number, "/fix", by=hub.bob)
        hub.say(number, f"@{hub.app.slug} do it", by=hub.bob)
        hub.say(number, "> /fix\n\nand\n\n```\n/fix\n```\n", by=hub.alice)
        hub.say(number, "/fix", by=hub.github.as_user("other[bot]"))
        hub.github.settle()
        hub.wait("bob has his answer", lambda: hub.ours(number))
        # what is asked later has been handled after all of the above
        other = hub.issue("Another")
        for _ in range(2):
            hub.say(other, "/fix")
        (first,) = hub.wait("the run shows itself", lambda: hub.progress(other))
        hub.say(other, "/fix")
        hub.finished(other)
        assert [one["id"] for one in hub.progress(other)] == [first["id"]]
        told = [one["body"] for one in hub.ours(other) if one["id"] != first["id"]]
        assert first["html_url"] in told[-1], "whoever asks again is told where the run is"
        assert len(hub.ours(number)) <= 2, "the stranger gets a short answer, not a conversation"
        assert not hub.progress(number)
        before = len(hub.github.requests())
        hub.redeliver("issue_comment")
        hub.github.settle()
        assert {one["status_code"] for one in hub.github.deliveries("issue_comment")} == {202}
        later = [one for one in hub.github.requests()[before:] if one["actor"] == hub.app.bot]
        assert not [one for one in later if one["method"] != "GET" and "/repos/" in one["path"]]
    assert len(hub.runs()) == 1


@pytest.mark.at_length
def test_what_arrived_while_the_server_was_down_is_asked_for_again_and_can_be_taken_back(hub: GitHubDesk) -> None:
    number = hub.issue()
    hub.say(number, "/fix")
    hub.github.settle()
    assert {one["status_code"] for one in hub.github.deliveries("issue_comment")} == {502}
    with hub.serving():
        pull = hub.finished(number)
    (run,) = hub.runs()
    undone = hub.desk.run("rollback", run["run"], "--hard")
    assert undone.code == 0, undone.err
    assert hub.alice.get(f"{REPO}/pulls/{pull['number']}").json()["state"] == "closed"
    assert hub.alice.get(f"{REPO}/branches/fix/issue-{number}").status_code == 404


@pytest.mark.at_length
def test_expired_tokens_limits_and_a_failing_network_change_nothing(hub: GitHubDesk) -> None:
    hub.desk.model.conversations = answers(
        [RIGHT, Turn(SCRIPT[1].text, SCRIPT[1].calls, faults=(Fault(hang=2),)), finish()]
    )
    with hub.serving():
        number = hub.issue()
        hub.say(number, "/fix")
        hub.wait("the run is at work", lambda: hub.progress(number))
        hub.github.fault(f"{REPO}/pulls", method="POST", kind="secondary", seconds=1)
        hub.github.fault(f"{REPO}/pulls", method="POST", kind="reset", late=True)
        hub.github.fault(f"{REPO}/issues/comments/.*", method="PATCH", status=502)
        hub.github.fault(f"{REPO}/check-runs", method="POST", status=500, late=True)
        hub.github.expire_tokens()
        pull = hub.finished(number)
        assert [one["number"] for one in hub.pulls()] == [pull["number"]]
        assert len(hub.progress(number)) == 1


@pytest.mark.at_length
def test_a_repository_that_is_renamed_meanwhile_gets_its_pull_request_under_the_new_name(hub: GitHubDesk) -> None:
    hub.github.roles("octo/adder", root="admin")
    with hub.serving():
        number = _held_at_work(hub)
        hub.github.as_user("root").patch(REPO, json={"name": "summer"}).raise_for_status()
        new = REPO.replace("adder", "summer")
        hub.wait("there is a pull request", lambda: hub.alice.get(f"{new}/pulls").json())
        last = lambda: hub.alice.get(f"{new}/issues/{number}/comments").json()[-1]  # noqa: E731
        hub.wait("the comment has the last word", lambda: not at_work(last()))
    assert "/octo/summer/pull/" in last()["body"]


@pytest.mark.at_length
def test_a_missing_permission_and_a_suspended_installation_each_have_a_clear_end_and_no_crash(hub: GitHubDesk) -> None:
    permissions = read_manifest().permissions
    hub.github.grant(hub.installation, permissions={**permissions, "contents": "read"})
    with hub.serving() as process:
        number = hub.issue()
        hub.say(number, "/fix")
        hub.wait("it is told", lambda: [one for one in hub.ours(number) if "contents: write" in one["body"]])
        assert not hub.pulls(number)
        hub.github.grant(hub.installation, permissions=dict(permissions))
        words = "This installation has been suspended"
        hub.github.fault(f"{REPO}/pulls", method="POST", status=403, message=words, times=9)
        hub.say(number, "/fix")
        (comment,) = hub.wait("it is told", lambda: [one for one in hub.progress(number) if "suspended" in one["body"]])
        assert "unsuspend" in comment["body"].lower()
        assert process.poll() is None
        assert not hub.pulls(number)


@pytest.mark.at_length
def test_a_base_that_moves_meanwhile_is_taken_in_and_verified_again(hub: GitHubDesk) -> None:
    with hub.serving():
        number = _held_at_work(hub)
        moved = hub.push("README.md", "# Adder\n")
        pull = hub.finished(number)
    assert not pull["draft"], pull["body"]
    commit = hub.alice.get(f"{REPO}/commits/{pull['head']['sha']}").json()
    assert [parent["sha"] for parent in commit["parents"]] == [moved]
    assert "2 passed, 0 failed" in pull["body"]


@pytest.mark.at_length
def test_what_a_person_pushes_to_the_branch_meanwhile_is_never_overwritten(hub: GitHubDesk) -> None:
    with hub.serving():
        number = _held_at_work(hub)
        theirs = hub.push("notes.md", "Mine.\n", branch=f"fix/issue-{number}")
        hub.wait("the run stays as it is", lambda: not any(at_work(one) for one in hub.progress(number)))
    branch = hub.alice.get(f"{REPO}/branches/fix/issue-{number}").json()
    between = hub.alice.get(f"{REPO}/compare/{theirs}...{branch['commit']['sha']}").json()
    assert between["status"] in ("identical", "ahead"), between["status"]


def _held_at_work(hub: GitHubDesk) -> int:
    """An issue whose run has its branch, and waits a moment for the model."""
    held = Turn(SCRIPT[1].text, SCRIPT[1].calls, faults=(Fault(hang=4),))
    hub.desk.model.conversations = answers([RIGHT, held, finish()])
    number = hub.issue()
    hub.say(number, "/fix")
    asked = lambda: [one for one in hub.desk.model.requests if "Resolve this issue" in str(one.messages[1:2])]  # noqa: E731
    hub.wait("the model is at work", lambda: len(asked()) > 1)
    return number


def _files_with(hub: GitHubDesk, *secrets: bytes) -> set[str]:
    """The names of the server's files that hold one of them."""
    files = [
        file for file in hub.desk.folder.rglob("*") if file.is_file() and not file.is_relative_to(hub.desk.repository)
    ]
    return {file.name for file in files if any(secret in file.read_bytes() for secret in secrets)}


def _checks(hub: GitHubDesk, pull: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    found = hub.alice.get(f"{REPO}/commits/{pull['head']['sha']}/check-runs").raise_for_status().json()
    return list(found["check_runs"])
