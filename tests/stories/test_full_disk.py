"""A worker's own disk is full while its database is not: its runs wait for room, and it takes no more of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres, postgres_url
from tests.stories.conftest import Desk, answers, edit, finish
from tests.stories.disks import fill, mount, unmount
from tests.stories.fleet import Fleet, fleet_of
from tests.stories.github_desk import github_desk
from tests.stories.samples import PYTHON

__all__ = ["postgres", "postgres_url"]

SETUP = 'setup: mkdir -p "$HOME/tools" && echo made > "$HOME/tools/made"\ntest: pytest -q\n'
FILES = PYTHON | {".github/pullwright.yml": SETUP}


@pytest.fixture
def fleet(github: GitHub, desk: Desk, postgres_url: str) -> Iterator[Fleet]:
    """A worker may begin on a small disk, while the database is elsewhere."""
    desk.model.conversations = answers([edit("adder.py", "a - b", "a + b"), finish()])
    hub, data = github_desk(github, desk, FILES), desk.folder / "a"
    data.mkdir(mode=0o711)
    mount(data, "300m")
    with fleet_of(hub, postgres_url) as fleet:
        yield fleet
    unmount(data)


@pytest.mark.parametrize(
    "step",
    ["prepare", "implement", "verify"],
)
@pytest.mark.at_length
@pytest.mark.timeout(240)
def test_a_run_waits_for_room_on_the_disk_of_its_worker(fleet: Fleet, step: str) -> None:
    hub = fleet.hub
    number, held, filler = hub.issue(), hub.desk.folder / "held", hub.desk.folder / "a" / "filler"
    fleet.worker("a", Trap(step, "begun", act="hold", flag=str(held)))
    hub.say(number, "/fix")
    hub.wait("the run is at work", held.exists)
    fill(filler)
    held.unlink()
    words = "no room for it at the moment"
    hub.wait("its comment says so", lambda: words in hub.progress(number)[0]["body"], 60)
    hub.wait("no more runs are taken", lambda: fleet.ask("SELECT places FROM workers WHERE left_at IS NULL") == [(0,)])
    filler.unlink()
    pull = hub.finished(number)
    assert not pull["draft"]
    assert words not in hub.progress(number)[0]["body"]
