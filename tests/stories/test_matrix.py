"""A run is killed, stopped, failed, skipped and taken back at every one of its steps: the end is the same.

One run is disturbed at one step after the other, on SQLite and on Postgres. What was seen at
each step is a column of docs/reliability.md; `--write-table` writes it anew.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub, running
from tests.fakes.github.fixture import github as github
from tests.fakes.once import once
from tests.fakes.postgres import postgres as postgres
from tests.fakes.postgres import postgres_url as postgres_url
from tests.fakes.scripted_model import ScriptedModel
from tests.stories import matrix
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.disturbed import KEYS, STEPS, Scene, end, left_behind
from tests.stories.github_desk import github_desk
from tests.stories.matrix import NOTHING
from tests.stories.samples import PYTHON
from workflows.checks.commands.shared_results import BASE_RESULTS
from workflows.values import RunStatus

pytestmark = pytest.mark.timeout(240)

SCRIPT = [edit("adder.py", "a - b", "a + b"), shell("echo made > notes.txt"), shell("pytest -q"), finish()]
DATABASES = ("sqlite", "postgres")
_Test = TypeVar("_Test", bound=Callable[..., None])


SOME = ("branch", "summary")
"""The steps at which runs of their own stop in the suite."""

KILLS = {
    "before": "before it",
    "begun": "when its row is written",
    "write": "before its last write",
    "done": "when its work is done",
    "recorded": "when its end is recorded",
}
"""The moments of a trap, and the column of the page for each."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "scene" in metafunc.fixturenames:
        in_suite = getattr(metafunc.function, "in_suite", ())
        cases = [pytest.param(one, marks=() if one in in_suite else pytest.mark.at_length) for one in DATABASES]
        metafunc.parametrize("scene", cases, indirect=True)


def in_suite_on(*databases: str) -> Callable[[_Test], _Test]:
    """The databases on which a story is told in the suite; on the others, and without this on both, at length."""

    def marked(test: _Test) -> _Test:
        test.in_suite = databases  # type: ignore[attr-defined]
        return test

    return marked


@pytest.fixture
def scene(request: pytest.FixtureRequest, github: GitHub, desk: Desk) -> Iterator[Scene]:
    database = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    with _scene(github, desk, database) as made:
        yield made


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The end of a run that nobody disturbed; how often each of its steps asked the model, and wrote."""
    return once(tmp_path_factory, "undisturbed", _undisturbed)


def _undisturbed() -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="pullwright-story-"))
    folder.chmod(0o711)
    with running(folder / "github") as github, ScriptedModel([]) as model, _scene(github, Desk(folder, model)) as scene:
        counted = folder / "writes"
        process = scene.hub.start(trap=Trap("*", act="count", flag=str(counted)))
        scene.say("/plan")
        scene.until_status(RunStatus.WAITING)
        scene.say("/approve")
        found = {
            "end": end(scene),
            "asked": matrix.requests(model.requests),
            "writes": matrix.numbers_of_writes(counted),
        }
        scene.hub.stop(process)
    shutil.rmtree(folder)
    return found


@pytest.mark.at_length
@in_suite_on("sqlite")
def test_a_server_that_is_killed_at_one_step_after_the_other_each_time_at_another_moment(
    scene: Scene, undisturbed: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    first = 2 if scene.database else 0
    moments = {key: list(KILLS)[(first + number) % len(KILLS)] for number, key in enumerate(KEYS)}
    places = {key: moment if _can_die(undisturbed, key, moment) else "recorded" for key, moment in moments.items()}
    seen = _killed(scene, undisturbed, places)
    for key, moment in places.items():
        told(request, KILLS[moment], {key: seen[key]})


@pytest.mark.parametrize("moment", KILLS)
def test_a_server_that_is_killed_at_one_step_after_the_other(
    scene: Scene, moment: str, undisturbed: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    places = {key: moment for key in KEYS if _can_die(undisturbed, key, moment)}
    seen = _killed(scene, undisturbed, places)
    told(request, KILLS[moment], {key: seen[key] if key in places else NOTHING for key in KEYS})


def _can_die(undisturbed: Mapping[str, Any], key: str, moment: str) -> bool:
    """Whether there is such a moment in it."""
    if moment in ("before", "recorded"):
        return True
    return key in STEPS and (moment != "write" or bool(undisturbed["writes"][key]))


def _killed(scene: Scene, undisturbed: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, str]:
    """Kill the server in each of these items at its moment; what became of each."""
    for number, (key, moment) in enumerate(places.items()):
        writes = undisturbed["writes"][key] if moment == "write" else 0
        forget_the_base(scene)
        process = scene.hub.start(trap=Trap(key, moment, number=writes))
        if number == 0:
            scene.say("/plan")
        if key == "reproduce":
            scene.until_status(RunStatus.WAITING)
            scene.say("/approve")
        scene.died(process)
    process = scene.hub.start()
    assert end(scene) == undisturbed["end"]
    scene.hub.stop(process)
    worked = [key for key, moment in places.items() if moment in ("write", "done")]
    return matrix.after_kills(scene, undisturbed["asked"], worked)


@in_suite_on()
def test_a_run_that_is_stopped_at_one_step_after_the_other(
    scene: Scene, undisturbed: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    with scene.holding():
        scene.say("/plan")
        for key in KEYS:
            if key in STEPS:
                scene.until_held(key)
            else:
                scene.until_status(RunStatus.WAITING)
            scene.stop()
            assert not left_behind(scene), key
            scene.say(f"/retry {key}")
            if key not in STEPS:
                scene.until_status(RunStatus.WAITING)
                scene.say("/approve")
        assert end(scene) == undisturbed["end"]
    told(request, "stopped, `/retry STEP`", matrix.after_retries(scene))


@in_suite_on()
def test_a_run_that_fails_at_one_step_after_the_other(
    scene: Scene, undisturbed: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    with scene.failing():
        scene.say("/plan")
        for key in KEYS:
            if key in STEPS:
                scene.until_failed(key)
                scene.say("/retry")
            else:
                scene.until_status(RunStatus.WAITING)
                scene.say("/approve")
        assert end(scene) == undisturbed["end"]
    told(request, "failed, `/retry`", matrix.after_retries(scene))


@pytest.mark.at_length
@in_suite_on("sqlite")
def test_a_run_that_is_to_go_on_without_one_step_after_the_other(scene: Scene, request: pytest.FixtureRequest) -> None:
    seen = dict.fromkeys(KEYS, NOTHING)
    with scene.failing():
        scene.say("/plan")
        for key in KEYS:
            if key not in STEPS:
                scene.until_status(RunStatus.WAITING)
                scene.say("/approve")
                continue
            failed = scene.until_failed(key)
            seen[key] = scene.skipped(failed)
            if seen[key] == "refused":
                scene.say("/retry")
        (pull,) = scene.hub.wait("there is a pull request", scene.hub.pulls)
        scene.until_status(RunStatus.COMPLETED)
        assert pull["draft"], "what was not checked is not verified"
        assert len(scene.hub.progress(scene.number)) == 1
        assert not left_behind(scene)
    told(request, "failed, `/skip`", seen)


def test_a_run_whose_steps_are_taken_back_one_after_the_other(
    scene: Scene, undisturbed: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    with scene.holding():
        scene.say("/plan")
        scene.until_held(KEYS[0])
        scene.flag.unlink()
        for before, key in pairwise(STEPS):
            if key == "reproduce":
                scene.until_status(RunStatus.WAITING)
                scene.say("/approve")
            scene.until_held(key)
            scene.stop()
            scene.take_back(before)
            scene.say("/retry")
            if before == "plan":
                scene.until_status(RunStatus.WAITING)
                scene.say("/approve")
        scene.until_status(RunStatus.COMPLETED)
        scene.take_back(STEPS[-1])
        scene.say("/retry")
        found = end(scene)
    changed = ("history", "effects", "comments", "comment")  # what was pushed is taken back by a commit on top
    assert {k: v for k, v in found.items() if k not in changed} == {
        k: v for k, v in undisturbed["end"].items() if k not in changed
    }
    told(request, "`/rollback 1`, `/retry`", matrix.after_retries(scene))


@in_suite_on()
@pytest.mark.parametrize(
    "places",
    [pytest.param(SOME, id="some"), pytest.param(tuple(key for key in KEYS if key not in SOME), id="the others")],
)
def test_a_run_that_is_handed_over_and_then_taken_back_altogether(
    scene: Scene, places: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    """Each step is where a run of its own stops."""
    seen: dict[str, dict[str, str]] = {"soft": {}, "hard": {}}
    with scene.holding(*places):
        for key in places:
            scene.number = scene.hub.issue()
            scene.say("/plan")
            if KEYS.index(key) >= KEYS.index("approval"):
                scene.until_status(RunStatus.WAITING)
            if KEYS.index(key) > KEYS.index("approval"):
                scene.say("/approve")
            if key in STEPS:
                scene.until_held(key)
            scene.stop()
            seen["soft"][key] = scene.handed_over()
            seen["hard"][key] = scene.taken_back()
            assert not left_behind(scene), key
    for mode, cells in seen.items():
        told(request, f"stopped, `/rollback {mode}`", cells)


@pytest.mark.timeout(900)
def test_runs_that_are_killed_before_each_write_of_a_step(
    scene: Scene, undisturbed: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    for key, writes in undisturbed["writes"].items():
        for number in range(1, writes + 1):
            scene.number = scene.hub.issue()
            forget_the_base(scene)
            process = scene.hub.start(trap=Trap(key, "write", number=number))
            scene.say("/fix")
            scene.died(process)
            with scene.hub.serving():
                found = end(scene)
                scene.taken_back()
            assert {name: found[name] for name in LASTING} == {name: undisturbed["end"][name] for name in LASTING}


LASTING = ("tree", "history", "title", "draft", "labels", "checks", "comments", "left")
"""Of an end, what neither the number of the issue nor the plan's approval is in."""


def forget_the_base(scene: Scene) -> None:
    """What other runs have said of it: each has as much to write as the one that nobody disturbed."""
    shutil.rmtree(scene.hub.desk.data / BASE_RESULTS, ignore_errors=True)


def told(request: pytest.FixtureRequest, column: str, seen: Mapping[str, str]) -> None:
    """The page says what was seen."""
    if request.config.getoption("--write-table", default=False):
        matrix.tell(column, seen)
    assert {key: cell for key, cell in matrix.told(column).items() if key in seen} == dict(seen)


def _scene(github: GitHub, desk: Desk, database: str = "") -> Any:
    desk.model.conversations = answers(SCRIPT)
    hub = github_desk(github, desk, PYTHON)
    github.roles("octo/adder", max="maintain")
    return Scene(hub, database).open()
