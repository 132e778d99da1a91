"""What the engine relies on of DBOS beside its documented interface, thing by thing."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.once import once
from workflows.engine import durable

ROOT = Path(__file__).parents[4]
CONTRACTS: dict[str, Any] = {
    "_get_dbos_instance": "DBOS",
    "_background_event_loop": True,
    "_registry": ["probes"],
    "_register_internal_queue": [1, 0.1],
    "_worker_concurrency": [1, 2],
    "background_thread_stop_events": ["a", "b"],
    "_sys_db": [],
    "cancel_workflows": ["ENQUEUED", "CANCELLED", True, False, "ENQUEUED"],
    "reenqueue_for_recovery": ["PENDING", "PENDING", "ENQUEUED"],
    "_recover_pending_workflows": [0, "PENDING", 1, 0, "ENQUEUED"],
}
"""Each private thing, and what `tests.fakes.dbos_probe` sees of it.

- a number of places can be changed while the queue is at work, and counts from then on;
- once the background threads are told to stop, nothing more is taken from a queue, and what is at work goes on;
- a segment that waits can be cancelled, and is put back in one statement, once;
- a segment at work goes back into the queue only for the executor that has it;
- what a dead executor had goes back into the queue once, and what nobody had is not invented.
"""


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    def probed() -> dict[str, Any]:
        folder = tmp_path_factory.mktemp("probe")
        words = [sys.executable, "-m", "tests.fakes.dbos_probe", str(folder)]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return once(tmp_path_factory, "dbos", probed)


@pytest.mark.parametrize("thing", CONTRACTS)
def test_each_private_thing_does_what_the_engine_relies_on(thing: str, seen: dict[str, Any]) -> None:
    assert seen[thing] == CONTRACTS[thing]


def test_the_probe_tries_nothing_that_has_no_contract(seen: dict[str, Any]) -> None:
    assert set(seen) == set(CONTRACTS)


def test_every_private_thing_that_the_engine_touches_has_a_contract() -> None:
    trees = [ast.parse(file.read_text()) for file in Path(durable.__path__[0]).glob("*.py")]
    touched = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=_):
                continue
            case ast.Attribute(attr=name) if name.startswith("_"):
                touched.add(name)
            case ast.ImportFrom(module=str(module), names=names) if module.startswith("dbos._"):
                touched |= {one.name for one in names}
    assert touched <= set(CONTRACTS), "write a contract for what is new"
    assert touched == {name for name in CONTRACTS if name.startswith("_")}


def test_it_is_pinned_to_the_minor_version_that_was_tried() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (pin,) = [one for one in project["dependencies"] if one.startswith("dbos")]
    found = re.fullmatch(r"dbos>=(\d+)\.(\d+),<(\d+)\.(\d+)", pin)
    assert found, pin
    major, minor, below_major, below_minor = map(int, found.groups())
    assert (below_major, below_minor) == (major, minor + 1), "one minor version"
    assert version("dbos").split(".")[:2] == [str(major), str(minor)]
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (locked,) = re.findall(r"^dbos==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
        assert locked.split(".")[:2] == [str(major), str(minor)], lock
