"""A machine that is configured by a table of files, for the tests of what boxes may have of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.host.configured.gathering import Gathering

Machine = Callable[..., Gathering]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """`files` below "~/" are the user's, all others the machine's."""

    def made(files: dict[str, str] | None = None, **environ: str) -> Gathering:
        home = tmp_path / "home/someone"
        home.mkdir(parents=True, exist_ok=True)
        for name, text in (files or {}).items():
            path = home / name[2:] if name.startswith("~/") else tmp_path / "root" / name.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return Gathering(environ, home, tmp_path / "root")

    return made
