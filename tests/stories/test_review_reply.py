"""Words in the threads of a review: a mention is answered there, and `apply` commits what was suggested."""

from __future__ import annotations

import json

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres as postgres
from tests.fakes.postgres import postgres_url as postgres_url
from tests.fakes.scripted_model import Conversation, Turn
from tests.stories.conftest import Desk, desk, folder
from tests.stories.github_desk import REPO, github_desk
from tests.stories.test_review_github import BEFORE, FINDS, MENDED, Pulls
from workflows.review_pr.reply.definition import REVIEW_REPLY

__all__ = ["desk", "folder"]

MOMENTS = ("before", "begun", "write 1", "write 2", "write 3", "done", "recorded")
ANSWERS = Conversation(
    "(?s)Somebody answers a comment of yours.*Why not by four",
    (Turn(json.dumps({"answer": "# Approved\n\nA half is not a quarter. @everyone"})),),
    repeat_last=True,
)


@pytest.fixture
def pulls(github: GitHub, desk: Desk) -> Pulls:
    desk.env["PULLWRIGHT_PUSH_QUIET_SECONDS"] = "0"
    return Pulls(github_desk(github, desk, {"shares.py": BEFORE, "README.md": "Shares.\n"}))


@pytest.mark.at_length
def test_a_mention_is_answered_in_its_thread_and_apply_commits_what_was_suggested(pulls: Pulls) -> None:
    hub = pulls.hub
    hub.desk.model.conversations = [ANSWERS, *FINDS]
    hub.github.roles("octo/adder", max="maintain")
    with hub.serving():
        number = pulls.propose()
        pulls.settled(number)
        asked = pulls.asked()
        pulls.reply(number, "@pullwright Why not by four?", by=hub.bob)
        pulls.reply(number, "apply", by=hub.bob)
        pulls.reply(number, "@pullwright Why not by four?")
        hub.wait("it is answered", lambda: "A half is not a quarter." in pulls.lines(number)[-1]["body"])
        assert pulls.asked() == asked + 1, "bob may not write"
        said = pulls.lines(number)[-1]["body"]
        assert "@everyone" not in said
        assert "# Approved" not in said
        before = pulls.head(number)
        pulls.reply(number, "apply")
        hub.wait("it is applied", lambda: "Applied in" in pulls.lines(number)[-1]["body"])
        assert hub.file("shares.py", "change") == MENDED
        assert hub.progress(number) == [] or all("Reply" not in one["body"] for one in hub.progress(number))
        hub.wait("all is over", lambda: all(one["status"] == "completed" for one in hub.runs()))
        hub.say(number, "/rollback hard review_reply", by=hub.github.as_user("max"))
        hub.wait("it is taken back", lambda: hub.file("shares.py", "change") != MENDED)
        tip = hub.alice.get(f"{REPO}/git/ref/heads/change").json()["object"]["sha"]
        (parent,) = hub.alice.get(f"{REPO}/commits/{tip}").json()["parents"]
        assert parent["sha"] != before, "by a commit on top"


@pytest.mark.at_length
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("database", "moment"), [*(("sqlite", moment) for moment in MOMENTS), ("postgres", "write 2")])
def test_killed_at_each_of_its_steps_it_applies_and_answers_once(
    database: str, moment: str, pulls: Pulls, request: pytest.FixtureRequest
) -> None:
    hub = pulls.hub
    if database == "postgres":
        url = request.getfixturevalue("postgres_url")
        hub.desk.env |= {"PULLWRIGHT_DATABASE": url, "PULLWRIGHT_SILENT_SECONDS": "0.5"}
    hub.desk.model.conversations = FINDS
    with hub.serving():
        number = pulls.propose()
        pulls.settled(number)
    before = pulls.head(number)
    moment, _, which = moment.partition(" ")
    places = ("apply", "reply") if which else ("gather", "apply", "reply", "end")
    for key in places:
        process = hub.start(trap=Trap(key, moment, number=int(which or 0)))
        if key == places[0]:
            pulls.reply(number, "apply")
        hub.wait(f"it dies at {key}", lambda process=process: process.poll() is not None)
    with hub.serving():
        hub.wait("it is over", lambda: all(one["status"] == "completed" for one in hub.runs()))
        hub.github.settle()
    head = hub.alice.get(f"{REPO}/commits/{pulls.head(number)}").json()
    assert [one["sha"] for one in head["parents"]] == [before], "one commit"
    assert sum("Applied in" in one["body"] for one in pulls.lines(number)) == 1
    assert set(places) <= set(REVIEW_REPLY.keys)
