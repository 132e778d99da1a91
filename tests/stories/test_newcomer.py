"""From nothing to the first pull request: the set-up as docs/github.md tells it, clicked through."""

from __future__ import annotations

import html
import re
import stat
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.stories.conftest import Desk, answers, edit, finish
from tests.stories.github_desk import GitHubDesk, github_desk
from tests.stories.samples import PYTHON


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    """A server that has no App yet; what another App sends it is not for it."""
    desk.model.conversations = answers([edit("adder.py", "a - b", "a + b"), finish()])
    desk.cold = True
    made = github_desk(github, desk, PYTHON, name="Another")
    (desk.data / "github.json").unlink()
    desk.env |= {"PULLWRIGHT_PUBLIC_URL": f"http://127.0.0.1:{made.port}", "PULLWRIGHT_GITHUB_URL": github.url}
    return made


@pytest.mark.at_length
def test_a_newcomer_makes_the_app_installs_it_and_gets_a_pull_request_without_a_restart(hub: GitHubDesk) -> None:
    with hub.serving(), httpx.Client(trust_env=False, follow_redirects=True, timeout=30) as browser:
        address = re.findall(r"http://\S+/setup\?token=\S+", hub.log())[0]
        assert browser.get(address.rpartition("=")[0] + "=guess").status_code == 403
        page = browser.get(address)
        asked = submit(browser, page)
        made = submit(browser, asked)
        assert "is ready" in made.text, made.text
        install = browser.get(re.findall(r'href="([^"]+/installations/new)"', made.text)[0])
        assert browser.post(str(install.url), data={"account": "octo"}).status_code == 200
        assert stat.S_IMODE((hub.desk.data / "github.json").stat().st_mode) == 0o600
        assert browser.get(address).status_code == 404, "the link has done its work"
        number = hub.issue()
        hub.say(number, "/fix")
        (pull,) = hub.wait("there is a pull request", lambda: hub.pulls(number))
    assert pull["user"]["login"] == "pullwright[bot]"
    token = dict(parse_qsl(urlsplit(address).query))["token"]
    assert token not in (hub.desk.data / "pullwright.log").read_text(), "logs are passed on"


def submit(browser: httpx.Client, page: httpx.Response) -> httpx.Response:
    """Press the button of the first form that posts."""
    form = re.findall(r'<form method="post" action="([^"]+)">(.*?)</form>', page.text, re.DOTALL)[0]
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form[1])
    target = urljoin(str(page.url), html.unescape(form[0]))
    state = dict(parse_qsl(urlsplit(target).query))
    return browser.post(target, data={name: html.unescape(text) for name, text in fields} | state)
