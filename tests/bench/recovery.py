"""How long until nothing runs any more after an abort, and until the work goes on after `kill -9`.

Whole servers in processes of their own, against the stand-in GitHub. The step that is cut off is
the agent's, in the middle of a turn; it is at work again when its next attempt has begun.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.bench.figures import Figure, middle
from tests.fakes import postgres
from tests.fakes.github import running
from tests.fakes.processes import processes
from tests.fakes.scripted_model import Fault, ScriptedModel, Turn
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.fleet import Fleet
from tests.stories.github_desk import GitHubDesk, github_desk
from tests.stories.samples import PYTHON
from workflows.store.database import Store
from workflows.store.run_rows import runs, steps

ROUNDS = 3
MOST_ABORT = 1.5
MOST_RESTART = 3.0
MOST_TAKEOVER = 5.0
MOST_CALL = 2.0
READY_SECONDS = 12.0
"""How long an heir stands by before the kill: so long that it has loaded what calls models, and may judge others."""
STEP = "implement"
_WORK = [edit("adder.py", "a - b", "a + b"), shell("echo made > notes.txt"), finish()]
_PATIENCE = 60
_POLL_SECONDS = 0.005


def figures() -> Iterator[Figure]:
    aborts = _aborts()
    yield Figure("`/abort` to the last process gone", middle(aborts), most=MOST_ABORT)
    yield Figure("the slowest of these", max(aborts))
    restarts = [_restarted() for _ in range(ROUNDS)]
    yield Figure("killed, SQLite: a new server's start to the step at work", middle(restarts), most=MOST_RESTART)
    if postgres.programs() is None:
        print("Taking over is not measured: Postgres is not installed.\n")
        return
    with _cluster() as home:
        here, calls = zip(*(_taken_over(home, f"here_{number}") for number in range(ROUNDS)), strict=True)
        there, _ = zip(*(_taken_over(home, f"there_{number}", elsewhere=True) for number in range(ROUNDS)), strict=True)
    yield Figure(
        "killed, Postgres: to the step at work on a worker of the same machine", middle(here), most=MOST_TAKEOVER
    )
    yield Figure("the same, to the next call of the model", middle(calls), most=MOST_CALL)
    yield Figure(
        "killed, Postgres: to the step on another machine, which cannot see it", middle(there), most=MOST_TAKEOVER
    )


def _aborts() -> list[float]:
    """Seconds from posting the comment until no process of the command is there any more."""
    with _desk([_WORK[0], shell("sleep 98765 & sleep 98765"), _WORK[2]]) as hub, hub.serving():
        return [_aborted(hub) for _ in range(3 * ROUNDS)]


def _aborted(hub: GitHubDesk) -> float:
    number = hub.issue()
    hub.say(number, "/fix")
    _until(lambda: len(processes("98765")) > 1)
    asleep = processes("98765")
    begun = time.perf_counter()
    hub.say(number, "/abort")
    _until(lambda: not any(map(_runs, asleep)))
    return time.perf_counter() - begun


def _runs(pid: int) -> bool:
    """Whether a process is there, and not only what its parent has not asked for yet."""
    with suppress(OSError):
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    return False


def _restarted() -> float:
    """Seconds from starting a server, as an operator does, until its run is at the step that was cut off."""
    with _desk(_hanging()) as hub:
        killed = hub.start()
        number = hub.issue()
        hub.say(number, "/fix")
        _until(lambda: _turns(hub) == 2)
        killed.kill()
        killed.wait()
        hub.desk.cold = True
        with closing(Store(f"sqlite:///{hub.desk.data / 'app.sqlite'}")) as store:
            begun = time.perf_counter()
            again = hub.start()
            _until(lambda: _attempts(store) == 2)
            taken = time.perf_counter() - begun
        again.kill()
        again.wait()
        return taken


def _taken_over(home: Path, name: str, *, elsewhere: bool = False) -> tuple[float, float]:
    """Seconds from the kill of one worker until another is at the step, and until it calls the model.

    Both are as patient as by default, and the heir has stood by for a while.

    With `elsewhere`, the one that is killed has signed in under the name of another machine.
    """
    with _desk(_hanging()) as hub:
        fleet = Fleet(hub, postgres.database(home, name))
        for name in ("PULLWRIGHT_SILENT_SECONDS", "PULLWRIGHT_FROZEN_SECONDS"):
            hub.desk.env.pop(name, None)
        web, worker = hub.start(role="web"), fleet.worker("a")
        try:
            hub.say(hub.issue(), "/fix")
            _until(lambda: _turns(hub) == 2)
            hub.desk.cold = True
            heir = fleet.worker("b")
            _until(lambda: fleet.has_signed_in(heir))
            time.sleep(READY_SECONDS)
            if elsewhere:
                fleet.ask("UPDATE workers SET host = 'elsewhere' WHERE process = %s RETURNING id", worker.pid)
            asked, killed = len(hub.desk.model.requests), time.time()
            worker.kill()
            _until(lambda: len(hub.desk.model.requests) > asked)
            called = time.time() - killed
            _until(lambda: fleet.taken_up(STEP, killed))
            return fleet.taken_up(STEP, killed) - killed, called
        finally:
            fleet.close()
            web.kill()
            web.wait()


def _hanging() -> list[Turn]:
    """The agent's turns, of which the second does not come."""
    return [_WORK[0], Turn(_WORK[1].text, _WORK[1].calls, faults=(Fault(hang=_PATIENCE),)), _WORK[2]]


@contextmanager
def _desk(turns: list[Turn]) -> Iterator[GitHubDesk]:
    folder = Path(tempfile.mkdtemp(prefix="pullwright-bench-"))
    folder.chmod(0o711)
    try:
        with running(folder / "github") as github, ScriptedModel(answers(turns)) as model:
            yield github_desk(github, Desk(folder, model), PYTHON)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _cluster() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        home = Path(folder)
        postgres.start(home)
        try:
            yield home
        finally:
            postgres.stop(home)


def _turns(hub: GitHubDesk) -> int:
    """How many turns the agent has asked for."""
    return sum("Resolve this issue" in str(request.messages[1:2]) for request in hub.desk.model.requests)


def _attempts(store: Store) -> int:
    (run,) = store.read_now(runs.list_runs)
    return sum(row.key == STEP for row in store.read_now(steps.steps_of, run.id))


def _until(there: Callable[[], object]) -> None:
    deadline = time.perf_counter() + _PATIENCE
    while not there():
        assert time.perf_counter() < deadline, "waited in vain"
        time.sleep(_POLL_SECONDS)
