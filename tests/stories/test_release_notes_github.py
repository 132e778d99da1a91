"""Release notes on GitHub: a pushed tag has a draft, `/release-notes` answers, and nothing is published unasked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.stories.conftest import Desk, desk, folder
from tests.stories.github_desk import REPO, GitHubDesk, github_desk

__all__ = ["desk", "folder"]

RULES = "workflows:\n  release_notes:\n    publish: true\n    changelog: true\n"
CHANGES = "# Changes\n\n## 1.0.0 (2026-01-02)\n\n- First.\n"


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    return github_desk(github, desk, {"a": "0", "CHANGES.md": CHANGES, ".github/pullwright.yml": RULES})


def tag(hub: GitHubDesk, name: str, *, move: bool = False) -> None:
    sha = hub.alice.get(f"{REPO}/git/ref/heads/main").json()["object"]["sha"]
    if move:
        hub.alice.patch(f"{REPO}/git/refs/tags/{name}", json={"sha": sha, "force": True}).raise_for_status()
    else:
        hub.alice.post(f"{REPO}/git/refs", json={"ref": f"refs/tags/{name}", "sha": sha}).raise_for_status()


def merged(hub: GitHubDesk, title: str, *labels: str) -> int:
    """A pull request that is merged, with labels."""
    main = hub.alice.get(f"{REPO}/git/ref/heads/main").json()["object"]["sha"]
    branch = title.replace(" ", "-").lower()
    hub.alice.post(f"{REPO}/git/refs", json={"ref": f"refs/heads/{branch}", "sha": main}).raise_for_status()
    hub.push(branch, "x", branch=branch)
    fields = {"title": title, "head": branch, "base": "main"}
    number = int(hub.alice.post(f"{REPO}/pulls", json=fields).raise_for_status().json()["number"])
    if labels:
        hub.alice.post(f"{REPO}/issues/{number}/labels", json={"labels": list(labels)}).raise_for_status()
    hub.alice.put(f"{REPO}/pulls/{number}/merge").raise_for_status()
    return number


def drafts(hub: GitHubDesk) -> list[Any]:
    return list(hub.alice.get(f"{REPO}/releases").json())


@pytest.mark.at_length
def test_a_tag_has_a_draft_that_is_kept_fresh_and_published_only_when_somebody_says_so(hub: GitHubDesk) -> None:
    hub.desk.env["PULLWRIGHT_MODEL"] = "openai/scripted"
    hub.alice.patch(f"{REPO}", json={})
    tag(hub, "v1.0.0")
    first = merged(hub, "Docs of slugs", "bug")
    hub.github.settle()
    with hub.serving():
        tag(hub, "v1.1.0")
        (held,) = hub.wait("there is a draft", lambda: drafts(hub))
        assert (held["tag_name"], held["draft"]) == ("v1.1.0", True)
        assert "### Fixed" in held["body"], "by its label, whatever its title says"
        assert f"/octo/adder/pull/{first})" in held["body"]
        (pull,) = hub.wait("there is a pull request", lambda: [one for one in hub.pulls() if "1.1.0" in one["title"]])
        text = hub.file("CHANGES.md", pull["head"]["ref"])
        made = hub.alice.get(f"{REPO}/commits/{pull['head']['sha']}").json()["commit"]
        assert made["author"]["name"] == f"{hub.app.slug}[bot]", "by the App's own account"
        assert text.replace(CHANGES[11:], "").startswith("# Changes\n\n## 1.1.0 (")
        assert text.endswith(CHANGES[11:])

        merged(hub, "Faster slugs", "performance")
        tag(hub, "v1.1.0", move=True)
        hub.wait("it is told", lambda: "The tag was moved here from" in drafts(hub)[0]["body"])
        assert "Faster slugs" in drafts(hub)[0]["body"]
        assert len(drafts(hub)) == 1

        number = hub.issue("Release it")
        hub.say(number, "/release-notes v1.1.0")
        hub.wait(
            "it asks", lambda: [one for one in hub.progress(number) if "to be published as release" in one["body"]]
        )
        assert drafts(hub)[0]["draft"]
        hub.say(number, "/approve")
        hub.wait("it is published", lambda: not drafts(hub)[0]["draft"])

        other = hub.issue("What is new?")
        hub.say(other, "/release-notes v1.0.0..main")
        hub.wait("it answers", lambda: [one for one in hub.progress(other) if "### Faster" in one["body"]])


@pytest.mark.at_length
def test_what_somebody_writes_is_left_and_our_draft_goes_with_a_rollback(hub: GitHubDesk) -> None:
    hub.push(".github/pullwright.yml", "triggers: {release: false}\n")
    with hub.serving():
        hub.alice.post(f"{REPO}/releases", json={"tag_name": "v1.0.0", "draft": True, "body": "Mine."})
        tag(hub, "v1.0.0")
        merged(hub, "Faster slugs", "performance")
        tag(hub, "v2.0.0")
        hub.wait("there is a draft of ours", lambda: len(drafts(hub)) == 2)
        assert [one["body"] for one in drafts(hub) if one["tag_name"] == "v1.0.0"] == ["Mine."]
        run = next(one for one in hub.runs() if "v2.0.0" in one["title"])
        hub.wait(
            "it is done",
            lambda: [one for one in hub.runs() if one["run"] == run["run"] and one["status"] == "completed"],
        )
    done = hub.desk.run("rollback", run["run"], "--hard")
    assert done.code == 0, done.err
    assert [one["body"] for one in drafts(hub)] == ["Mine."]


def over(hub: GitHubDesk, number: int) -> None:
    """Wait until so many runs about v1.1.0 are over."""

    def notes() -> list[Any]:
        return [one for one in hub.runs() if one["title"] == "Release notes of v1.1.0"]

    hub.github.settle()
    hub.wait("they are over", lambda: len(notes()) >= number and all(one["status"] == "completed" for one in notes()))


def test_a_release_that_is_drafted_before_its_tag_is_there_gets_its_notes(hub: GitHubDesk) -> None:
    tag(hub, "v1.0.0")
    merged(hub, "Faster slugs", "performance")
    hub.github.settle()
    with hub.serving():
        given = {"tag_name": "v1.1.0", "draft": True, "body": "", "target_commitish": "main"}
        hub.alice.post(f"{REPO}/releases", json=given).raise_for_status()
        hub.wait("the notes are there", lambda: "### Faster" in drafts(hub)[0]["body"])
        assert "/compare/v1.0.0...v1.1.0" in drafts(hub)[0]["body"]


@pytest.mark.at_length
def test_a_tag_that_is_deleted_and_made_anew_is_said_to_have_moved(hub: GitHubDesk) -> None:
    tag(hub, "v1.0.0")
    merged(hub, "Faster slugs", "performance")
    hub.github.settle()
    with hub.serving():
        tag(hub, "v1.1.0")
        over(hub, 1)
        first = drafts(hub)[0]["target_commitish"]
        merged(hub, "Better slugs", "bug")
        hub.alice.delete(f"{REPO}/git/refs/tags/v1.1.0").raise_for_status()
        tag(hub, "v1.1.0")
        over(hub, 2)
        assert drafts(hub)[0]["body"].startswith(f"_The tag was moved here from {first[:10]}._")
        number = hub.issue("Once more")
        hub.say(number, "/release-notes v1.1.0")
        hub.wait("it asks", lambda: "to be published as release" in str(hub.progress(number)))
        assert drafts(hub)[0]["body"].startswith(f"_The tag was moved here from {first[:10]}._"), "it still is"


@pytest.mark.at_length
def test_a_tag_that_is_moved_while_its_notes_are_written_has_those_of_where_it_is(hub: GitHubDesk) -> None:
    tag(hub, "v1.0.0")
    merged(hub, "Faster slugs", "performance")
    hub.github.settle()
    held = hub.desk.folder / "held"
    with hub.serving(trap=Trap("write", act="hold", flag=str(held))):
        tag(hub, "v1.1.0")
        hub.wait("it is held", held.exists)
        merged(hub, "Better slugs", "bug")
        tag(hub, "v1.1.0", move=True)
        hub.github.settle()
        held.unlink()
        over(hub, 2)
        assert "Better slugs" in drafts(hub)[0]["body"]
        assert drafts(hub)[0]["body"].startswith("_The tag was moved here from ")
