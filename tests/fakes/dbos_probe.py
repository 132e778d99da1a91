"""Tries every private thing of DBOS that our engine touches, in a process of its own, and prints what it did.

Run as `python -m tests.fakes.dbos_probe FOLDER`; the output is one JSON object, a key for each of them.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSPortableJSONSerializer, SetWorkflowID
from dbos._dbos import _get_dbos_instance

from workflows.engine.durable import segments
from workflows.engine.durable.database import engine_database

QUEUE = "probes"
FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()


@DBOS.workflow(name="probe")
async def probe(name: str) -> str:
    return await hold(name)


@DBOS.step(name="hold", preemptible=True)
async def hold(name: str) -> str:
    import asyncio

    (FOLDER / f"{name}.begun").touch()
    while not (FOLDER / "over").exists():
        await asyncio.sleep(0.02)
    return name


def main() -> None:
    seen: dict[str, Any] = {}
    database = _launched()
    instance = _get_dbos_instance()
    seen["_get_dbos_instance"] = type(instance).__name__
    loop = instance._background_event_loop.target_loop()
    seen["_background_event_loop"] = loop is not None and loop.is_running()
    queue = instance._registry.internal_queue_map[QUEUE]
    seen["_registry"] = sorted(name for name in instance._registry.internal_queue_map if name == QUEUE)
    seen["_register_internal_queue"] = [queue._worker_concurrency, queue._polling_interval_sec]
    for name in ("a", "b", "c"):
        _enqueue(name)
    _until(lambda: len(_begun()) == 1)
    time.sleep(0.5)
    one = len(_begun())
    queue._worker_concurrency = 2
    _until(lambda: len(_begun()) == 2)
    seen["_worker_concurrency"] = [one, len(_begun())]
    seen["_sys_db"] = sorted(set(_COLUMNS) - set(instance._sys_db.tables.workflow_status.c.keys()))
    seen["background_thread_stop_events"] = _stopped(instance)
    waits = next(name for name in "abc" if name not in _begun())
    seen["cancel_workflows"] = _set_aside(instance, waits)
    works = _begun()[0]
    seen["reenqueue_for_recovery"] = _put_back(instance, works)
    seen["_recover_pending_workflows"] = _taken_over(instance, _begun()[1])
    (FOLDER / "over").touch()
    print(json.dumps(seen))
    sys.stdout.flush()
    DBOS.destroy()
    database.dispose()


_COLUMNS = ("workflow_uuid", "status", "queue_name", "recovery_attempts", "completed_at")


def _launched() -> sa.Engine:
    url = sa.make_url(f"sqlite:///{FOLDER / 'engine.sqlite'}")
    database = engine_database(url)
    config: Any = {
        "name": "probe",
        "system_database_url": str(url),
        "system_database_engine": database,
        "application_version": "1",
        "executor_id": "me",
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "ERROR",
        "enable_otlp": False,
        "notification_listener_polling_interval_sec": 0.1,
    }
    segments.launch(config, 1, QUEUE)
    return database


def _enqueue(name: str) -> None:
    with SetWorkflowID(name):
        DBOS.enqueue_workflow(QUEUE, probe, name)


def _begun() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.begun"))


def _stopped(instance: Any) -> list[str]:
    """Nothing more is taken from the queue, though there is room."""
    segments.take_no_more()
    time.sleep(0.5)
    instance._registry.internal_queue_map[QUEUE]._worker_concurrency = 9
    _enqueue("d")
    time.sleep(1.0)
    return _begun()


def _set_aside(instance: Any, name: str) -> list[Any]:
    """One that waits is cancelled, and put back once."""
    told = [_status(name)]
    instance._sys_db.cancel_workflows([name])
    told.append(_status(name))
    told += [segments.resumed(name, QUEUE), segments.resumed(name, QUEUE), _status(name)]
    return told


def _put_back(instance: Any, name: str) -> list[str]:
    """One at work goes back into the queue where it is that executor's, and only there."""
    told = [_status(name)]
    instance._sys_db.reenqueue_for_recovery(name, ["somebody else"], QUEUE)
    told.append(_status(name))
    instance._sys_db.reenqueue_for_recovery(name, ["me"], QUEUE)
    return [*told, _status(name)]


def _taken_over(instance: Any, name: str) -> list[Any]:
    """What a dead executor had is put back into the queue, once."""
    rows = instance._sys_db.tables.workflow_status
    with instance._sys_db.engine.begin() as db:
        db.execute(rows.update().where(rows.c.workflow_uuid == name).values(executor_id="dead"))
    told: list[Any] = [len(DBOS._recover_pending_workflows(["nobody"])), _status(name)]
    told += [len(DBOS._recover_pending_workflows(["dead"])), len(DBOS._recover_pending_workflows(["dead"]))]
    return [*told, _status(name)]


def _status(name: str) -> str:
    status = DBOS.get_workflow_status(name)
    return "" if status is None else status.status


def _until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not there():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain; begun: {_begun()}")
        time.sleep(0.02)


if __name__ == "__main__":
    main()
