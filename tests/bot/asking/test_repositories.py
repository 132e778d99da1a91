"""A repository is found by what people call it now, also where another one was called so before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.asking.repositories import Repositories
from tests.bot.github.connecting import app_client
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import REPO, Scene
from tests.fakes.tables import make_tables
from workflows.errors import NotFound
from workflows.registry import definitions
from workflows.runs.control import record_of
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import definition_rows, runs
from workflows.values import Options, RunStatus

__all__ = ["github"]


@pytest.fixture
def scene(github: GitHub) -> Iterator[Scene]:
    github.repository("octo/sample", roles={"alice": "admin"})
    app = github.app(secret="s3cret")
    installation = github.install(app, "octo")
    with github.client(github.token(app, installation)) as bot:
        yield Scene(github, app, installation, bot, github.as_user("alice"), github.as_user("bob"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    store.write_now(definition_rows.define, record_of(definitions()["issue_to_pr"]))
    yield store
    store.close()


def worked_on(store: Store, host: str, installation: int, number: int) -> None:
    inputs = {
        "forge": "github", "installation": installation, "repository": "octo/sample", "repository_id": str(number)
    }  # fmt: skip
    name = f"{host}/octo/sample"
    run = Run("r1", "issue_to_pr", 1, RunStatus.COMPLETED, name, "t", inputs, Options(), {}, "plan", 0, 0)
    store.write_now(runs.insert_run, run)


async def test_the_repository_that_took_over_a_name_is_meant_by_it(scene: Scene, store: Store) -> None:
    async with app_client(scene) as client:
        found, host = Repositories(store, lambda: client), client.credentials.host
        before = await found.where("octo/sample")
        assert (before.name, before.number, before.installation) == (f"{host}/octo/sample", 0, scene.installation)
        number = (await client.repository(scene.installation, "octo/sample").info()).id
        worked_on(store, host, scene.installation, number)
        assert (await found.where("octo/sample")).number == number
        assert scene.alice.patch(REPO, json={"name": "other"}).status_code == 200
        assert (await found.where("octo/sample")).number == number, "its old name leads to it"
        new = scene.github.repository("octo/sample")["id"]
        after = await found.where("octo/sample")
        assert (after.name, after.number) == (f"{host}/octo/sample~{new}", new)
        with pytest.raises(NotFound):
            await found.where("octo/nothing")
