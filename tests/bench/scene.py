"""Where a bench works: a folder that the sandbox's own user can pass, gone afterwards, and a store in it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import migrations
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.values import Options, RunStatus

RUN = "261120-bench"


@contextmanager
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="pullwright-bench-"))
    made.chmod(0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def store(place: Path) -> Iterator[Store]:
    """A database as the product has it, with one run in it."""
    opened = Store(f"sqlite:///{place}")
    try:
        migrations.upgrade(opened)
        opened.write_now(
            runs.insert_run,
            Run(
                id=RUN,
                workflow="bench",
                version=1,
                status=RunStatus.RUNNING,
                repository="sample",
                title="A bench",
                inputs={},
                options=Options(),
                state={},
                current_step="implement",
                segment=0,
                generation=0,
            ),
        )
        yield opened
    finally:
        opened.close()
