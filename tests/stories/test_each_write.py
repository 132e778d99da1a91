"""A review, a triage, release notes and a follow-up on a server that is killed before each of its writes, one after
the other: whatever was about to be written, nothing is lost, and nothing is done twice."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres as postgres
from tests.fakes.postgres import postgres_url as postgres_url
from tests.fakes.scripted_model import Conversation, Turn
from tests.stories.conftest import Desk, answers, desk, finish, folder, shell
from tests.stories.disturbed import Scene, left_behind
from tests.stories.github_desk import REPO, GitHubDesk, Process, github_desk
from tests.stories.samples import PYTHON
from tests.stories.test_follow_up import ASKED, RIGHT, Ours, done
from tests.stories.test_matrix import forget_the_base
from tests.stories.test_release_notes_github import CHANGES, drafts, merged, tag
from tests.stories.test_review_github import BEFORE, FINDS, Pulls, threads
from tests.stories.test_triage import SHOWS, judges, same, writes
from tests.stories.test_triage_github import RULES, labels
from workflows.store.records import Run
from workflows.store.run_rows.ledger import SqlLedger
from workflows.values import RunStatus

__all__ = ["desk", "folder"]

pytestmark = [pytest.mark.timeout(1200), pytest.mark.at_length]


_MOST_ROUNDS = 12
"""Things that a job makes ready before the first of them, where it needs such."""


class Job(ABC):
    """One workflow on GitHub, done again and again about something new each time."""

    files: ClassVar[dict[str, str]]
    workflow: ClassVar[str]

    def __init__(self, hub: GitHubDesk) -> None:
        self.hub = hub
        self.count = 0

    def prepare(self) -> None:  # noqa: B027 - most need nothing
        """What there is before the first of them; a server is at work meanwhile."""

    @abstractmethod
    def begin(self) -> None:
        """Something new to be done."""

    def is_it(self, run: Run) -> bool:
        """Whether a run is the one about that."""
        return run.workflow == self.workflow

    @abstractmethod
    def end(self) -> dict[str, Any]:
        """What there is of it on GitHub in the end, the same each time."""


class Reviewing(Job):
    workflow = "review_pr"
    files: ClassVar[dict[str, str]] = {
        "shares.py": BEFORE,
        ".github/pullwright.yml": "setup: false\nchecks: {halves: '! grep -q half shares.py'}\n"
        "workflows: {review_pr: {checks: own}}\n",
    }

    def __init__(self, hub: GitHubDesk) -> None:
        super().__init__(hub)
        hub.desk.model.conversations = FINDS
        self.pulls = Pulls(hub)

    def begin(self) -> None:
        self.count += 1
        self.number = self.pulls.propose(draft=True, branch=f"change-{self.count}")
        self.hub.say(self.number, "/review")

    def end(self) -> dict[str, Any]:
        checks = self.pulls.check(self.pulls.head(self.number))
        return {
            "reviews": [plain(one["body"]) for one in self.pulls.reviews(self.number)],
            "lines": [(one["line"], plain(one["body"])) for one in self.pulls.lines(self.number)],
            "checks": [(one["conclusion"], one["output"]["title"]) for one in checks],
            "threads": len(threads(self.hub, self.number)),
            "told": [plain(one["body"]) for one in self.hub.ours(self.number)],
        }


class Triaging(Job):
    workflow = "triage"
    files = PYTHON | {".github/pullwright.yml": RULES}

    def __init__(self, hub: GitHubDesk) -> None:
        super().__init__(hub)
        hub.desk.model.conversations = [writes(shell(SHOWS), finish()), judges(), same()]
        for name in ("bug", "priority: high"):
            hub.alice.post(f"{REPO}/labels", json={"name": name, "color": "aaaaaa"}).raise_for_status()

    def begin(self) -> None:
        self.number = self.hub.issue()
        self.hub.say(self.number, "/triage")

    def end(self) -> dict[str, Any]:
        events = self.hub.alice.get(f"{REPO}/issues/{self.number}/events").json()
        return {
            "labels": sorted(labels(self.hub, self.number)),
            "put on": sorted(one["label"]["name"] for one in events if one["event"] == "labeled"),
            "told": [plain(one["body"]) for one in self.hub.ours(self.number)],
        }


class Noting(Job):
    workflow = "release_notes"
    files: ClassVar[dict[str, str]] = {
        "a": "0",
        "CHANGES.md": CHANGES,
        ".github/pullwright.yml": "triggers: {pull: false}\nworkflows:\n  release_notes:\n    changelog: true\n",
    }

    def __init__(self, hub: GitHubDesk) -> None:
        super().__init__(hub)
        hub.desk.model.conversations = [
            Conversation("Say for each change of a release", (Turn("{}"),), repeat_last=True)
        ]
        tag(hub, "v1.0.0")

    def prepare(self) -> None:
        runs = self.hub.wait("GitHub tells of the first tag", self.hub.runs)
        self.hub.wait("it is looked at", lambda: all(one["status"] == "completed" for one in self.hub.runs() or runs))

    def begin(self) -> None:
        self.count += 1
        merged(self.hub, f"Docs of slugs {self.count}", "bug")
        tag(self.hub, f"v1.{self.count}.0")

    def is_it(self, run: Run) -> bool:
        return f"v1.{self.count}.0" in run.title

    def end(self) -> dict[str, Any]:
        version = f"1.{self.count}.0"
        held = [one for one in drafts(self.hub) if one["tag_name"] == f"v{version}"]
        pulls = [one for one in self.hub.pulls() if version in one["title"]]
        text = self.hub.file("CHANGES.md", f"release-notes/1-{self.count}-0")
        ahead = self.hub.alice.get(f"{REPO}/compare/main...release-notes/1-{self.count}-0").json()["ahead_by"]
        return {
            "drafts": [(one["draft"], self._of(one["body"])) for one in held],
            "pulls": [(one["title"].replace(version, "V"), one["draft"]) for one in pulls],
            "entries": text.count(f"## {version}"),
            "commits": ahead,
        }

    def _of(self, body: str) -> str:
        body = re.sub(r" For the first time: [^.]*\.", "", body)
        return plain(re.sub(r"v1\.\d+\.0|slugs \d+|pull/\d+|#\d+", "X", body))


class Withdrawing(Noting):
    """Of tags whose notes were written before, one after the other goes."""

    workflow = "notes_withdrawal"

    def __init__(self, hub: GitHubDesk) -> None:
        super().__init__(hub)
        hub.desk.env["PULLWRIGHT_PUSH_QUIET_SECONDS"] = "0"

    def prepare(self) -> None:
        super().prepare()
        for _ in range(_MOST_ROUNDS):
            super().begin()
            self.hub.wait("it is proposed", lambda: len(self._pulls()) == 1)
        self.hub.github.settle()
        self.hub.wait("all are over", lambda: all(one["status"] == "completed" for one in self.hub.runs()))
        self.numbers = {one: self._pulls(one)[0]["number"] for one in range(1, self.count + 1)}
        self.count = 0

    def begin(self) -> None:
        self.count += 1
        self.hub.alice.delete(f"{REPO}/git/refs/tags/v1.{self.count}.0").raise_for_status()

    def end(self) -> dict[str, Any]:
        told = self.hub.ours(self.numbers[self.count])
        return {
            "drafts": len([one for one in drafts(self.hub) if one["tag_name"] == f"v1.{self.count}.0"]),
            "pulls": len(self._pulls()),
            "told": [self._of(one["body"]) for one in told],
        }

    def _pulls(self, count: int = 0) -> list[Any]:
        return [one for one in self.hub.pulls() if f" 1.{count or self.count}.0" in one["title"]]


class Following(Job):
    workflow = "follow_up"
    files = PYTHON

    def __init__(self, hub: GitHubDesk) -> None:
        super().__init__(hub)
        hub.desk.env["PULLWRIGHT_PUSH_QUIET_SECONDS"] = "0"
        words = [f"Name it {'x' * at}." for at in range(1, 60)]
        self.words = iter(words)
        each = [
            Conversation(
                f"{ASKED}.*adder.py:2: alice: {re.escape(one)}",
                (shell(f"echo '# {one}' >> adder.py"), done(f"adder.py:2: alice: {one}")),
            )
            for one in words
        ]
        hub.desk.model.conversations = [*each, *answers([RIGHT, finish()])]

    def prepare(self) -> None:
        self.ours = Ours(self.hub)

    def begin(self) -> None:
        self.before = self.ours.head
        self.thread = self.ours.comment(next(self.words))

    def end(self) -> dict[str, Any]:
        moved = self.hub.alice.get(f"{REPO}/compare/{self.before}...{self.ours.head}").json()
        checks = self.hub.alice.get(f"{REPO}/commits/{self.ours.head}/check-runs").json()["check_runs"]
        return {
            "replies": [plain(one) for one in self.ours.replies(self.thread)],
            "commits": moved["ahead_by"],
            "lines": sum(one["additions"] for one in moved["files"]),
            "checks": [(one["name"], one["conclusion"]) for one in checks],
        }


JOBS = (Reviewing, Triaging, Noting, Withdrawing, Following)


@pytest.mark.parametrize("kind", JOBS, ids=lambda one: one.workflow)
def test_a_job_that_is_killed_before_each_of_its_writes_ends_as_if_it_had_not_been(
    kind: type[Job], github: GitHub, desk: Desk, postgres_url: str
) -> None:
    """Each step's first write in one run, each one's second in another, and so on."""
    hub = github_desk(github, desk, kind.files)
    job = kind(hub)
    with Scene(hub, postgres_url).open() as scene:
        with hub.serving():
            job.prepare()
        counted = desk.folder / "writes"
        process = _begun(scene, job, Trap("*", act="count", flag=str(counted)))
        expected = _end(scene, job)
        hub.stop(process)
        keys = [line.split()[0] for line in counted.read_text().splitlines()]
        passed, found, kills = [], {}, 0
        for number in range(1, max(map(keys.count, keys)) + 1):
            process = None
            forget_the_base(scene)
            for key in (one for one in dict.fromkeys(keys) if keys.count(one) >= number):
                trap = Trap(key, "write", number=number)
                process = _begun(scene, job, trap) if process is None else hub.start(trap=trap)
                if _dies(scene, job, process):
                    kills += 1
                else:  # what was done before a kill is not always written again
                    passed.append((key, number))
                    hub.stop(process)
            with hub.serving():
                found[number] = _end(scene, job)
        assert found == dict.fromkeys(found, expected)
        assert len(passed) * 6 < kills, f"{passed} were never written"


def _begun(scene: Scene, job: Job, trap: Trap) -> Process:
    process = scene.hub.start(trap=trap)
    before = scene.run()
    job.begin()
    scene.hub.wait("it begins", lambda: process.poll() is not None or _newer(scene, job, before))
    return process


def _dies(scene: Scene, job: Job, process: Process) -> bool:
    """Whether it comes to its trap before the run is over."""
    scene.until("it dies", lambda run: process.poll() is not None or _over(job, run))
    return process.poll() is not None


def _newer(scene: Scene, job: Job, before: Run | None) -> bool:
    now = scene.run()
    return now is not None and job.is_it(now) and (before is None or now.id != before.id)


def _over(job: Job, run: Run) -> bool:
    return job.is_it(run) and run.status is RunStatus.COMPLETED


def _end(scene: Scene, job: Job) -> dict[str, Any]:
    run = scene.until("it is over", lambda run: _over(job, run))
    number = run.subject.told_on
    if number:  # the last word is said behind it
        hub = scene.hub
        hub.wait("it is told", lambda: not any("### At work" in one["body"] for one in hub.progress(number)))
    effects = [(one.effect, one.state) for one in SqlLedger(scene.store).entries(run.id)]
    kinds = sorted((one.kind, str(state)) for one, state in effects if one is not None and one.kind != "update_pull")
    return {**job.end(), "effects": kinds, "left": left_behind(scene)}


def plain(text: str) -> str:
    """Without what differs from one run to the next."""
    text = text.partition("## Cost")[0]
    text = re.sub(r"<!-- pullwright:[^>]*-->|r[0-9a-z]{8,}|http://[^/\s]+\S*", "", text)
    text = re.sub(r"\b[0-9a-f]{10,40}\b", "SHA", re.sub(r"none of \d+|\d+\.\d+s\b", "N", text))
    text = re.sub(r"\b\d+(\.\d+)? (s|min|h|ms)\b", "TIME", re.sub(r" \(attempt \d+\)", "", text))
    return re.sub(r"[^\n]*tokens in[^\n]*", "COST", text)
