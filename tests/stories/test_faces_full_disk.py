"""The disk of a server is full: its pages and its API read on, and what is asked is refused, and taken up after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.serving import credentials_in, environment, started
from tests.fakes.warm_cli import warm
from tests.stories.disks import fill, mount, unmount

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data(github: GitHub, tmp_path: Path) -> Iterator[Path]:
    github.repository("octo/sample", roles={"alice": "maintain"})
    app = github.app(secret="s3cret")
    github.install(app, "octo")
    place = tmp_path / "data"
    place.mkdir()
    mount(place, "60m")
    credentials_in(place, github, app)
    yield place
    unmount(place)


@pytest.mark.at_length
@pytest.mark.timeout(180)
def test_pages_and_api_say_that_there_is_no_room_and_go_on_when_there_is(github: GitHub, data: Path) -> None:
    scopes = [word for scope in ("read", "start", "steer") for word in ("--scope", scope)]
    done = warm().run(["keys", "create", "script", "--login", "alice", *scopes], environment(data), ROOT)
    headers = {"Authorization": f"Bearer {str(done.out).splitlines()[-1]}"}
    with started("serve", data, {"PULLWRIGHT_SANDBOX": "unsafe_local"}) as server:
        link = server.wait_until_said(r"Pages for you, on this machine, once: (http://\S+)")[1]
        server.wait_until_said("At work")
        with (
            httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=40) as script,
            httpx.Client(follow_redirects=True, timeout=40) as browser,
        ):
            assert browser.get(link).status_code == 200
            wanted = {"repository": "octo/sample", "number": 1, "wait": False}
            fill(data / "filler")
            for page in ("", "/history", "/server", "/audit"):
                assert browser.get(f"{server.url}/admin{page}").status_code == 200
            assert script.get("/runs").status_code == 200
            refused = script.post("/runs", json=wanted, headers={"Idempotency-Key": "one"})
            assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
            assert "disk is full" in refused.json()["detail"]
            assert "Make room on the disk" in refused.json()["remedy"]
            (data / "filler").unlink()
            assert script.post("/runs", json=wanted, headers={"Idempotency-Key": "one"}).status_code == 202
            assert browser.get(f"{server.url}/admin").status_code == 200
        assert server.terminate() == 0, server.said()
        assert "Traceback" not in server.said()
    assert "Traceback" not in (data / "pullwright.log").read_text()
