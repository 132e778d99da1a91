"""A run on GitHub that is killed, held, stopped, failed and taken back; and what there is in the end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.crashing import Trap
from tests.fakes.processes import command_lines
from tests.stories.github_desk import REPO, GitHubDesk, Process
from workflows.definition import Step
from workflows.issue_to_pr.definition import ISSUE_TO_PR
from workflows.store.database import Store
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import runs, steps
from workflows.store.run_rows.ledger import SqlLedger
from workflows.values import RunStatus

DEFINITION = ISSUE_TO_PR
KEYS = DEFINITION.keys
STEPS = tuple(item.key for item in DEFINITION.items if isinstance(item, Step))


@dataclass
class Scene:
    """One run on GitHub that is being disturbed.

    `database` is SQLAlchemy's URL, "" for SQLite in the data directory.
    """

    hub: GitHubDesk
    database: str = ""
    number: int = 0
    fails: bool = False
    """Whether it belongs to the disturbance that the run fails."""
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        if self.database:
            self.hub.desk.env |= {"PULLWRIGHT_DATABASE": self.database, "PULLWRIGHT_SILENT_SECONDS": "0.5"}
        self.number = self.hub.issue()

    @contextmanager
    def open(self) -> Iterator[Scene]:
        """With the database open, to look into it while servers work on it."""
        url = self.database or f"sqlite:///{self.hub.desk.data / 'app.sqlite'}"
        self.store = Store(url)
        try:
            yield self
        finally:
            self.store.close()

    # --- what is there

    def run(self) -> Run | None:
        """The newest run; None before there is a database or a run in it."""
        if not self.database and not (self.hub.desk.data / "app.sqlite").exists():
            return None
        found = self.store.read_now(runs.list_runs, limit=1)
        return found[0] if found else None

    def rows(self) -> list[StepRun]:
        run = self.run()
        return [] if run is None else self.store.read_now(steps.steps_of, run.id)

    def until(self, what: str, reached: Callable[[Run], object]) -> Run:
        """The run, as soon as it is like this; an error where it fails instead."""

        def there() -> Run | None:
            run = self.run()
            if run is None or reached(run):
                return run
            self._not_failed(run)
            return None

        return self._until(what, there)

    def until_status(self, status: RunStatus) -> Run:
        return self.until(f"the run is {status}", lambda run: run.status is status)

    @property
    def flag(self) -> Path:
        """There while a step is held."""
        return self.hub.desk.folder / "held"

    def until_held(self, key: str) -> None:
        self._until(f"{key} is held", lambda: self.flag.exists() or self._not_failed(self.run()))
        assert self.flag.read_text() == key

    @contextmanager
    def holding(self, *steps: str) -> Iterator[None]:
        """A server that holds each of these steps once (by default all), when its row is written."""
        with self.hub.serving(trap=Trap(" ".join(steps or STEPS), act="hold", flag=str(self.flag))):
            yield

    @contextmanager
    def failing(self) -> Iterator[None]:
        """A server in which each step fails once."""
        self.fails = True
        with self.hub.serving(trap=Trap("*", act="fail")):
            yield

    def until_failed(self, key: str) -> Run:
        return self.until(f"{key} fails", lambda run: run.status is RunStatus.FAILED and run.current_step == key)

    def skipped(self, failed: Run) -> str:
        """What became of a `/skip`."""
        comment = self.say("/skip")

        def there() -> str:
            run = self.run()
            if run is not None and run.segment > failed.segment:
                return "left out"
            return "refused" if "Nothing was done" in self._answer(comment) else ""

        return str(self._until("/skip is answered", there))

    def take_back(self, key: str) -> None:
        """Roll the last step back, which is this one."""
        self.say("/rollback 1")
        self.until(
            f"{key} is taken back",
            lambda run: run.status is RunStatus.ABORTED and run.current_step == key and "Rolled back" in run.error_text,
        )

    def handed_over(self) -> str:
        """What a soft rollback leaves."""
        comment = self.say("/rollback soft")
        said = str(self._until("it is handed over", lambda: self._answer(comment)))
        pulls, branches = self.hub.pulls(), self._branches()
        assert all(one["draft"] for one in pulls), "what is handed over is a draft"
        if not branches:
            assert "Nothing of it is outside" in said
            return "nothing is outside"
        assert "It is yours" in said
        return "keeps the branch" + (", makes the pull request a draft" if pulls else "")

    def taken_back(self) -> str:
        """What a hard rollback takes away."""
        branches, pulls = self._branches(), self.hub.pulls()
        comment = self.hub.say(self.number, "/rollback hard", by=self.hub.github.as_user("max"))
        self.until_status(RunStatus.ROLLED_BACK)
        self._until("it is taken back", lambda: self._answer(comment))
        assert not self._branches()
        assert not self.hub.pulls()
        if not branches:
            return "nothing is outside"
        return "deletes the branch" + (", closes the pull request" if pulls else "")

    def _answer(self, comment: int) -> str:
        """Our answer to a comment, "" before there is one."""
        mark = f"<!-- pullwright:answer:{comment}:"
        return next((one["body"] for one in self.hub.ours(self.number) if mark in one["body"]), "")

    def _branches(self) -> list[str]:
        found = self.hub.alice.get(f"{REPO}/branches").json()
        return [one["name"] for one in found if one["name"] != "main"]

    def stop(self) -> None:
        """Abort the run, whose step is held, or which waits; until nothing of it is at work."""
        self.say("/abort")
        self.until_status(RunStatus.ABORTED)
        self._until("the step has stopped", lambda: not self.flag.exists())

    def last_word(self) -> Any:
        """The one comment of the run, once it tells of the end."""

        def told() -> list[Any]:
            found = self.hub.progress(self.number)
            assert len(found) < 2, "one comment, edited"
            return [one for one in found if "### Proven" in one["body"]]

        return self.hub.wait("it tells of the end", told)[0]

    def died(self, process: Process) -> None:
        """The process has come to its trap."""
        code = self._until("the process dies", lambda: self._not_failed(self.run()) or process.poll())
        assert code == -9, f"it ended with {code}:\n{self.hub.log()}"

    def _not_failed(self, run: Run | None) -> None:
        if run is not None and run.status is RunStatus.FAILED and not self.fails:
            raise AssertionError(f"the run failed at {run.current_step}: {run.error_text}\n{self.hub.log()}")

    def say(self, words: str) -> int:
        return self.hub.say(self.number, words)

    def _until(self, what: str, there: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 180
        while not (found := there()):
            assert time.monotonic() < deadline, f"waited in vain until {what}: {self.run()}\n{self.hub.log()}"
            time.sleep(0.02)
        return found


# --- the end -------------------------------------------------------------------------------------


def end(scene: Scene) -> dict[str, Any]:
    """All that a user has in the end, without what differs from run to run: times, money, ids."""
    hub = scene.hub
    scene.until_status(RunStatus.COMPLETED)
    (pull,) = hub.pulls()
    checks = _settled(scene, pull)
    comment = scene.last_word()
    run = scene.run()
    assert run is not None
    return {
        "tree": hub.alice.get(f"{REPO}/commits/{pull['head']['sha']}").json()["commit"]["tree"]["sha"],
        "history": _history(hub, pull["head"]["ref"]),
        "title": pull["title"],
        "text": _plain(pull["body"], run.id).splitlines(),
        "draft": pull["draft"],
        "labels": [one["name"] for one in pull["labels"]],
        "branches": sorted(one["name"] for one in hub.alice.get(f"{REPO}/branches").json()),
        "checks": [(one["status"], one["conclusion"]) for one in checks],
        "comments": len(hub.ours(scene.number)),
        "comment": _plain(comment["body"], run.id).splitlines(),
        "effects": _effects(scene, run.id),
        "left": left_behind(scene),
    }


def left_behind(scene: Scene) -> list[str]:
    """Processes, control groups and scratch trees of the run. Asked while no step of it is at work."""
    run = scene.run()
    assert run is not None
    groups = Path("/sys/fs/cgroup").glob(f"**/pullwright/{run.id}*")
    trees = (scene.hub.desk.data / "scratch").glob("*")
    return sorted([*map(str, groups), *map(str, trees), *_processes(run.id)])


def _settled(scene: Scene, pull: Any) -> list[Any]:
    def green() -> list[Any]:
        found = scene.hub.alice.get(f"{REPO}/commits/{pull['head']['sha']}/check-runs").json()["check_runs"]
        return list(found) if found and all(one["conclusion"] == "success" for one in found) else []

    return list(scene.hub.wait("the check is green", green))


def _effects(scene: Scene, run_id: str) -> list[tuple[str, str, str]]:
    """What the run did outside; a pull request that was found again is only brought up to date."""
    found = [(one.effect, one.state) for one in SqlLedger(scene.store).entries(run_id)]
    return sorted((e.kind, e.target, str(state)) for e, state in found if e is not None and e.kind != "update_pull")


def _history(hub: GitHubDesk, branch: str) -> list[str]:
    commits = hub.alice.get(f"{REPO}/commits", params={"sha": branch}).json()
    return [one["commit"]["message"].partition("\n")[0] for one in commits]


def _plain(text: str, run_id: str) -> str:
    text = text.partition("## Cost")[0].replace(run_id, "RUN")
    text = re.sub(r"\b[0-9a-f]{10,40}\b", "SHA", re.sub(r"http://[^/]+", "HUB", text))
    text = re.sub(r"\b\d+(\.\d+)? (s|min|h|ms)\b", "TIME", re.sub(r" \(attempt \d+\)", "", text))
    return re.sub(r"[^\n]*tokens in[^\n]*", "COST", text)


def _processes(word: str) -> list[str]:
    lines = ((pid, line.replace(b"\0", b" ").decode(errors="replace")) for pid, line in command_lines())
    return [f"process {pid}: {words}" for pid, words in lines if word in words]
