"""The pytest fixture `github`; a conftest makes it known with `from tests.fakes.github.fixture import github`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.github.client import GitHub
from tests.fakes.github.server import running


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    """A stand-in of its own for each test.

    At the end nothing may have been sent to it that GitHub's published description does
    not allow; a test that does so on purpose calls `forgive()`.
    """
    with running(tmp_path / "github") as stand_in:
        yield stand_in
        if found := stand_in.violations():
            pytest.fail("requests that GitHub does not describe:\n" + "\n".join(found))
        if found := stand_in.own_violations():
            pytest.fail("the stand-in differs from GitHub's description:\n" + "\n".join(found))
