"""What fetches a part of itself at its first use is used once while there is a network."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sandbox.environment.first_use import lines
from sandbox.environment.installing import inside

PIP = '"$HOME/venv/bin/python" -m pip install -e .'


@pytest.mark.parametrize(
    ("place", "used"),
    [("home/venv/bin", True), ("tree/.venv/bin", True), ("machine", False), ("tree/node_modules/.bin", False)],
)
def test_what_a_set_up_of_python_installed_is_used_and_nothing_else(tmp_path: Path, place: str, used: bool) -> None:
    for name in ("home", "tree", place):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
    program = tmp_path / place / "pyright"
    program.write_text('#!/bin/sh\necho "$0 $*" >"$HOME/used"\n')
    program.chmod(0o755)
    env = {"HOME": str(tmp_path / "home"), "PATH": f"{tmp_path / 'machine'}:/usr/bin:/bin"}
    line = lines([PIP])["pyright"]
    subprocess.run(["bash", "-c", inside(line)], cwd=tmp_path / "tree", env=env, check=True)
    assert (tmp_path / "home/used").exists() == used


def test_set_ups_that_install_nothing_from_pypi_use_nothing() -> None:
    assert lines(["npm ci", "yarn install", "cargo fetch"]) == {}
    assert all(lines([command]) for command in ("uv sync --frozen", "poetry install", "pdm sync", PIP))
