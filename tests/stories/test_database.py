"""The database is locked, full, read-only or gone: what is not kept is not acknowledged, and runs go on afterwards."""

from __future__ import annotations

import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes import postgres
from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.disks import fill, mount, unmount
from tests.stories.github_desk import REPO, GitHubDesk, Json, github_desk
from tests.stories.samples import PYTHON

SCRIPT = [edit("adder.py", "a - b", "a + b"), shell("pytest -q"), finish()]
DURABLE = ("shared_buffers=16MB", "max_connections=60")
AT = "verify"
"""Where a run is held while its database is in trouble."""


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    desk.model.conversations = answers(SCRIPT)
    return github_desk(github, desk, PYTHON)


@pytest.mark.at_length
def test_while_another_process_holds_the_lock_webhooks_are_refused_and_a_run_waits(hub: GitHubDesk) -> None:
    number, later = hub.issue(), hub.issue("Another")
    with hub.serving(trap=_held(hub)), closing(sqlite3.connect(hub.desk.data / "app.sqlite")) as other:
        _work_until_held(hub, number)
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        _flag(hub).unlink()
        _refused(hub, later)
        other.execute("ROLLBACK")
        hub.finished(number)
        _asked_again(hub, later)


@pytest.mark.at_length
def test_with_a_full_disk_webhooks_are_refused_and_what_failed_goes_on_when_there_is_room(
    hub: GitHubDesk, small_disk: None
) -> None:
    number, later = hub.issue(), hub.issue("Another")
    filler = hub.desk.data / "filler"
    with hub.serving(trap=_held(hub)):
        _work_until_held(hub, number)
        fill(filler)
        _refused(hub, later)
        _flag(hub).unlink()
        hub.wait("the run meets the full disk", lambda: "disk is full" in hub.log())
        time.sleep(3)  # long enough to be met again by what is tried anew
        filler.unlink()
        hub.finished(number)
        _asked_again(hub, later)
    subprocess.run(["mount", "-o", "remount,ro", hub.desk.data], check=True)
    refused = hub.desk.run("serve")
    assert refused.code == 1
    assert "Make the data directory writable" in refused.err or "read-only" in refused.err.lower(), refused.err
    assert "Traceback" not in refused.err


@pytest.mark.at_length
def test_while_postgres_is_gone_webhooks_are_refused_and_afterwards_the_run_goes_on(hub: GitHubDesk) -> None:
    if postgres.programs() is None:
        pytest.skip("Postgres' programs are not installed (package `postgresql`)")
    number, later = hub.issue(), hub.issue("Another")
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        home = Path(folder)
        postgres.start(home, DURABLE)
        try:
            hub.desk.env["PULLWRIGHT_DATABASE"] = postgres.database(home, "gone")
            with hub.serving(trap=_held(hub)) as process:
                _work_until_held(hub, number)
                postgres.stop(home)
                _flag(hub).unlink()
                _refused(hub, later)
                postgres.again(home, DURABLE)
                hub.finished(number)
                _asked_again(hub, later)
                assert process.poll() is None
        finally:
            postgres.stop(home)


@pytest.fixture
def small_disk(hub: GitHubDesk) -> Iterator[None]:
    """The data directory on a disk of its own, which is small."""
    data = hub.desk.data
    keys = (data / "github.json").read_bytes()
    mount(data, "24m")
    try:
        (data / "github.json").write_bytes(keys)
        (data / "github.json").chmod(0o600)
        yield
    finally:
        unmount(data)


def _held(hub: GitHubDesk) -> Trap:
    return Trap(AT, act="hold", flag=str(_flag(hub)))


def _flag(hub: GitHubDesk) -> Path:
    return hub.desk.folder / "held"


def _work_until_held(hub: GitHubDesk, number: int) -> None:
    hub.say(number, "/fix")
    hub.wait("the run is at work", _flag(hub).exists)
    hub.github.settle()


def _refused(hub: GitHubDesk, number: int) -> None:
    """What is asked for now is not acknowledged."""
    hub.say(number, "/fix")
    hub.github.settle()
    last = hub.github.deliveries("issue_comment")[-1]
    assert last["status_code"] in (0, 500, 502, 503, 504), last


def _asked_again(hub: GitHubDesk, number: int) -> None:
    """Delivered once more, everything is done, and once."""
    hub.redeliver("issue_comment")
    hub.finished(number)
    assert len(hub.pulls()) == 2
    for one in (*_issues(hub),):
        assert len(hub.progress(one)) == 1
    assert len(hub.runs()) == 2


def _issues(hub: GitHubDesk) -> list[int]:
    found: list[Json] = hub.alice.get(f"{REPO}/issues", params={"state": "all"}).json()
    return [one["number"] for one in found if "pull_request" not in one]


@pytest.mark.at_length
def test_a_command_that_meets_the_full_disk_is_carried_out_when_there_is_room(
    hub: GitHubDesk, small_disk: None
) -> None:
    number, filler = hub.issue(), hub.desk.data / "filler"
    with hub.serving():
        hub.github.settle()
        hub.github.fault(
            r"/repos/octo/adder/issues/comments/\d+/reactions", method="POST", kind="hang", seconds=3, late=True
        )
        hub.say(number, "/fix")
        hub.wait(
            "the command is acknowledged", lambda: any(d["status_code"] for d in hub.github.deliveries("issue_comment"))
        )
        hub.wait(
            "the command is carried out", lambda: [one for one in hub.github.requests() if "reactions" in one["path"]]
        )
        fill(filler)
        hub.wait("its outcome finds no room", lambda: "could not be kept" in hub.log())
        filler.unlink()
        hub.github.heal()
        hub.finished(number)
        assert not [body for body in hub.ours(number) if "Nothing was done" in body["body"]]
