"""Fixtures of the tests around GitHub."""

from collections.abc import Iterator

import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import Scene

__all__ = ["github", "scene"]


@pytest.fixture
def scene(github: GitHub) -> Iterator[Scene]:
    github.repository("octo/sample", roles={"alice": "write", "bob": "read"})
    app = github.app(secret="s3cret")
    installation = github.install(app, "octo")
    with github.client(github.token(app, installation)) as bot:
        yield Scene(github, app, installation, bot, github.as_user("alice"), github.as_user("bob"))
