"""A worker: what it has ready before anything is asked of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.server.test_serving import eventually
from tests.fakes.github import GitHub
from tests.fakes.serving import Server, credentials_in, started


@pytest.fixture
def data(github: GitHub, tmp_path: Path) -> Path:
    github.repository("octo/sample", roles={"alice": "write"})
    app = github.app(secret="a secret")
    github.install(app, "octo")
    (tmp_path / "data").mkdir()
    credentials_in(tmp_path / "data", github, app)
    return tmp_path / "data"


def can_call_a_model(server: Server) -> bool:
    """Whether the process has loaded litellm, of which one part is a library of its own."""
    return "tiktoken" in Path(f"/proc/{server.process.pid}/maps").read_text()


def test_a_worker_that_stands_by_has_loaded_what_calls_models(data: Path) -> None:
    with started("worker", data, cold=True) as server:
        server.wait_until_said("At work")
        eventually(lambda: can_call_a_model(server))


def test_so_has_one_that_waits_for_another_to_end(data: Path) -> None:
    with started("worker", data) as first:
        first.wait_until_said("At work")
        with started("worker", data, cold=True) as second:
            second.wait_until_said("waiting for process")
            eventually(lambda: can_call_a_model(second))
            assert "At work" not in second.said()
