"""`pullwright release-notes`: what is new in a range, from a repository alone or with a model; nothing is changed."""

from __future__ import annotations

import json

import pytest

from tests.fakes.real_repository import commit, git
from tests.fakes.scripted_model import Conversation, Turn
from tests.stories.conftest import Desk, desk, folder
from tests.stories.test_killed import crash

__all__ = ["desk", "folder"]


def prepared(desk: Desk) -> None:
    desk.make_repository({"a": "0"})
    git(desk.repository, "tag", "v1.0.0")
    for number, message in enumerate(("Fix the parser (#1)", "A thing (#2)", "Another (#3)")):
        commit(desk.repository, {f"f{number}": "x"}, message)


def sorted_by(answer: object) -> Conversation:
    return Conversation("Say for each change of a release", (Turn(json.dumps(answer)), Turn(json.dumps(answer))))


def test_without_a_model_they_are_written_all_the_same(desk: Desk) -> None:
    prepared(desk)
    head = desk.git("rev-parse", "HEAD")
    done = desk.run("release-notes", desk.repository, "--plain", "--json", PULLWRIGHT_MODEL="")
    assert done.code == 0, done.err
    assert done.data["outcome"] == "3 changes since v1.0.0: 3 of 3 pull requests placed."
    assert "### Fixed\n\n- Fix the parser (#1)" in done.data["notes"]
    assert done.data["version"] == "v1.0.1"
    assert desk.model.requests == []
    assert (desk.git("rev-parse", "HEAD"), desk.git("status", "--porcelain")) == (head, "")


def test_of_a_shallow_clone_it_is_said_that_what_is_older_is_not_told(desk: Desk) -> None:
    prepared(desk)
    whole = desk.folder / "whole"
    desk.repository.rename(whole)
    git(desk.folder, "clone", "-q", "--depth", "2", f"file://{whole}", str(desk.repository))
    done = desk.run("release-notes", desk.repository, "--plain", "--json", PULLWRIGHT_MODEL="")
    assert done.code == 0, done.err
    assert "The history here is cut off (a shallow clone), so what is older is not told." in done.data["notes"]
    assert "For the first time" not in done.data["notes"]


def test_a_version_that_there_is_already_is_not_suggested(desk: Desk) -> None:
    prepared(desk)
    git(desk.repository, "tag", "v1.0.1", "HEAD~1")
    done = desk.run("release-notes", desk.repository, "v1.0.0..main", "--plain", "--json", PULLWRIGHT_MODEL="")
    assert done.code == 0, done.err
    assert done.data["outcome"].startswith("3 changes since v1.0.0")
    assert not done.data.get("version")


@pytest.mark.at_length
def test_they_are_put_into_the_changelog_on_a_branch_of_their_own(desk: Desk) -> None:
    prepared(desk)
    before = "# Changes\r\n\r\n## v1.0.0\r\n\r\n- First.\r\n"
    commit(desk.repository, {"CHANGES.md": before}, "Keep changes (#4)")
    done = desk.run("release-notes", desk.repository, "--plain", "--changelog", "--json", PULLWRIGHT_MODEL="")
    assert done.code == 0, done.err
    assert sorted(desk.branches()) == ["main", "release-notes/1-0-1"]
    text = git(desk.repository, "cat-file", "blob", "release-notes/1-0-1:CHANGES.md")
    assert "## v1.0.1" in text
    assert text.strip().endswith("- First.")
    words = ("release-notes", desk.repository, "--plain", "--changelog")
    name, first = "release-notes/1-0-1", desk.branches()["release-notes/1-0-1"]
    assert desk.run(*words, PULLWRIGHT_MODEL="").code == 0
    assert desk.branches()[name] == first, "nothing has changed"
    commit(desk.repository, {"g": "x"}, "Mend the rest (#5)")
    assert desk.run(*words, PULLWRIGHT_MODEL="").code == 0
    assert "Mend the rest (#5)" in git(desk.repository, "cat-file", "blob", f"{name}:CHANGES.md")
    assert git(desk.repository, "rev-parse", f"{name}^").strip() == first, "one commit on top"
    git(desk.repository, "switch", "-q", name)
    commit(desk.repository, {"CHANGES.md": "Mine.\n"}, "By hand")
    theirs = git(desk.repository, "rev-parse", "HEAD").strip()
    git(desk.repository, "switch", "-q", "main")
    commit(desk.repository, {"h": "x"}, "Mend more (#6)")
    again = desk.run(*words, PULLWRIGHT_MODEL="")
    assert (again.code, "somebody works on the branch" in again.out) == (0, True), again.out
    assert desk.branches()[name] == theirs


@pytest.mark.parametrize(
    "branch",
    ["release-2", pytest.param("main2", marks=pytest.mark.at_length), pytest.param("v1", marks=pytest.mark.at_length)],
)
def test_a_branch_that_is_called_like_a_version_is_no_release(desk: Desk, branch: str) -> None:
    prepared(desk)
    commit(desk.repository, {"CHANGES.rst": "Changes\n=======\n\n1.0.0\n-----\n\n* First.\n"}, "Keep changes (#4)")
    git(desk.repository, "switch", "-q", "-c", branch)
    done = desk.run("release-notes", desk.repository, "--plain", "--changelog", "--json", PULLWRIGHT_MODEL="")
    assert done.code == 0, done.err
    assert done.data["outcome"].startswith("4 changes since v1.0.0")
    assert done.data["version"] == "v1.0.1"
    text = git(desk.repository, "cat-file", "blob", "release-notes/1-0-1:CHANGES.rst")
    assert "1.0.1\n-----\n\nFixed\n~~~~~\n\n* Fix the parser (#1)\n" in text
    assert text.endswith("1.0.0\n-----\n\n* First.")


def test_the_model_sorts_what_titles_do_not_say(desk: Desk) -> None:
    prepared(desk)
    desk.model.conversations = [sorted_by({"#2": "feature", "#3": "other", "#1": "fix"})]
    done = desk.run("release-notes", desk.repository, "--json")
    assert done.code == 0, done.err
    assert "### New\n\n- A thing (#2)" in done.data["notes"]
    assert done.data["version"] == "v1.1.0"


def test_of_one_package_of_several_only_what_touched_it_is_told(desk: Desk) -> None:
    desk.make_repository({f"packages/{name}/package.json": f'{{"name": "@acme/{name}"}}' for name in ("ui", "core")})
    git(desk.repository, "tag", "@acme/ui@1.0.0")
    for number, (path, message) in enumerate(
        (("packages/ui/a.js", "Fix a button"), ("packages/core/b.js", "Fix a sum"), ("lerna.json", "Add a tool")), 1
    ):
        commit(desk.repository, {path: "x"}, f"{message} (#{number})")
    git(desk.repository, "tag", "@acme/ui@1.0.1")
    done = desk.run("release-notes", desk.repository, "@acme/ui@1.0.1", "--plain", "--json", PULLWRIGHT_MODEL="")
    assert done.code == 0, done.err
    assert done.data["outcome"] == "1 change since @acme/ui@1.0.0: 3 of 3 pull requests placed."
    assert "Fix a button" in done.data["notes"]
    assert "Fix a sum" not in done.data["notes"]
    assert "2 changes of the range left out, since nothing in `packages/ui` is touched." in done.data["notes"]


@pytest.mark.at_length
def test_each_package_has_its_own_changelog_and_its_own_branch(desk: Desk) -> None:
    text = "# Changes\n\n## 1.0.0\n\n- First.\n"
    files = {f"packages/{name}/package.json": f'{{"name": "@acme/{name}"}}' for name in ("ui", "core", "bare", "told")}
    files |= {"packages/ui/Changelog.md": text, "packages/core/CHANGELOG.md": text}
    desk.make_repository({**files, "CHANGELOG.md": "# Changes\n\n## 1.0.0\n\n- Of told.\n"})
    for name, first in (("ui", "1.0.0"), ("core", "1.0.0"), ("bare", "0.9.0"), ("told", "1.0.0")):
        git(desk.repository, "tag", f"{name}@{first}")
    for number, name in enumerate(("ui", "core", "bare", "told"), 1):
        commit(desk.repository, {f"packages/{name}/a.js": "x"}, f"Fix it (#{number})")
        git(desk.repository, "tag", f"{name}-v1.1.0")

    def changed(name: str) -> list[str]:
        given = ("--plain", "--changelog", "--json")
        done = desk.run("release-notes", desk.repository, f"{name}-v1.1.0", *given, PULLWRIGHT_MODEL="")
        assert done.code == 0, done.err
        branch = f"release-notes/{name}-1-1-0"
        if branch not in desk.branches():
            return []
        assert done.data["pull_title"] == f"Add release notes for {name} 1.1.0"
        return git(desk.repository, "diff", "--name-only", "main", branch).split()

    assert changed("ui") == ["packages/ui/Changelog.md"]
    assert changed("core") == ["packages/core/CHANGELOG.md"]
    assert changed("bare") == [], "the other one tells of no release of it"
    assert changed("told") == ["CHANGELOG.md"]


def test_numbers_that_are_not_in_the_range_are_refused(desk: Desk) -> None:
    prepared(desk)
    desk.model.conversations = [sorted_by({"#99": "feature", "#2": "feature"})]
    done = desk.run("release-notes", desk.repository, "--json")
    assert done.code == 0, done.err
    assert "#99" not in done.data["notes"]
    assert "### New" not in done.data["notes"], "nothing of an answer that names what is not there counts"


@pytest.mark.parametrize(
    ("range_", "said"),
    [("v1.0.0..", "is no range"), ("..v1.0.0", "is no range"), ("none", "no tag, branch or commit 'none'")],
)
def test_a_range_that_is_none_is_refused_by_name(desk: Desk, range_: str, said: str) -> None:
    prepared(desk)
    done = desk.run("release-notes", desk.repository, range_, "--plain")
    assert (done.code, said in done.err + done.out) == (1, True), done.err


@pytest.mark.parametrize(
    "step", ["write", *(pytest.param(one, marks=pytest.mark.at_length) for one in ("fetch", "sort"))]
)
def test_killed_at_any_step_it_goes_on(desk: Desk, step: str) -> None:
    prepared(desk)
    crash(desk, step, "done", "release-notes", desk.repository, "--plain")
    done = desk.run("resume", "--json")
    assert done.code == 0, done.err
    assert done.data["outcome"] == "3 changes since v1.0.0: 3 of 3 pull requests placed."
