"""A base that somebody rewrites during a run: what was taken out of it is in nothing that the run publishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.hand_on_github import REPO, OnGitHub, hand_on_github
from tests.fakes.real_repository import git
from tests.fakes.steps_by_hand import ByHand, by_hand
from workflows.definition import Done, Exit, Failed
from workflows.issue_to_pr.branch.updating import MOST_UPDATES, update
from workflows.issue_to_pr.publishing import open_pull
from workflows.steps.source import create_branch
from workflows.store.run_rows import runs

LINES = "".join(f"line {number}\n" for number in range(1, 21))
OURS = LINES.replace("line 2\n", "our line 2\n")
BRANCH = "fix/issue-7"
KEY = "-----BEGIN KEY-----\nabc\n"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[ByHand]:
    """A run whose base holds a key that should not be there."""
    with by_hand(tmp_path, {"a.txt": LINES, "b.txt": "b\n", "leaked.pem": KEY}) as made:
        made.change(a__txt=OURS)
        assert isinstance(made.commit(), Done)
        yield made


def rewrite(run: ByHand, *, without: str = "leaked.pem", **files: str) -> str:
    """Somebody takes a file out of the base, with its history; returns the base's new head."""
    where = run.repository
    git(where, "checkout", "-q", "--orphan", "clean")
    if without:
        git(where, "rm", "-q", "--cached", without)
        (where / without).unlink()
    for name, text in files.items():
        (where / name.replace("__", ".")).write_text(text)
    git(where, "add", "-A")
    git(where, "commit", "-q", "-m", "Clean")
    git(where, "branch", "-q", "-M", "clean", "main")
    return run.head("main")


def holds(run: ByHand, commit: str) -> bool:
    """Whether our branch leads to a commit."""
    return commit in git(run.repository, "rev-list", BRANCH).split()


def published(run: ByHand) -> None:
    assert isinstance(run.commit(), Done)
    assert isinstance(run.take(update), Done)
    assert isinstance(run.take(open_pull, "pull"), Done)


def test_the_change_is_carried_over_and_nothing_of_ours_leads_to_what_was_taken_out(run: ByHand) -> None:
    leaked = run.state["base_commit"]
    now = rewrite(run)
    result = run.take(update)
    assert isinstance(result, Exit)
    assert result.name == "carried over", "and verified again"
    assert "`main` was rewritten" in result.summary
    assert run.head(BRANCH) == now, "at once: a run that stops now leaves nothing behind"
    published(run)
    assert not holds(run, leaked)
    assert git(run.repository, "log", "--format=%P", "-1", BRANCH) == now
    assert git(run.repository, "diff", "--name-only", "main", BRANCH) == "a.txt"
    assert "main was rewritten while this was made" in run.state["pull_body"]


def test_a_base_that_was_set_back_is_followed_there(run: ByHand) -> None:
    """The newest commit of the base is dropped."""
    run.moves("secret.txt", "a secret\n")
    assert isinstance(run.take(update), Exit)
    assert isinstance(run.commit(), Done)
    leaked = run.state["base_commit"]
    git(run.repository, "reset", "-q", "--hard", "HEAD~1")
    assert isinstance(run.take(update), Exit)
    published(run)
    assert not holds(run, leaked)


def test_an_amended_base_is_followed_too(run: ByHand) -> None:
    before = run.state["base_commit"]
    git(run.repository, "commit", "-q", "--amend", "-m", "In other words")
    assert isinstance(run.take(update), Exit)
    published(run)
    assert not holds(run, before)


def test_what_was_pushed_before_is_left_by_the_next_push(run: ByHand) -> None:
    """A pull request that is open stays so: its branch is never without a change of its own."""
    assert isinstance(run.take(open_pull, "pull"), Done)
    leaked, first = run.state["base_commit"], run.head(BRANCH)
    rewrite(run)
    assert isinstance(run.take(update), Exit)
    assert run.head(BRANCH) == first
    published(run)
    assert not holds(run, leaked)


def test_a_rewrite_between_the_look_and_the_push_is_noticed(run: ByHand) -> None:
    assert isinstance(run.take(update), Done)
    leaked = run.state["base_commit"]
    rewrite(run)
    result = run.take(open_pull, "pull")
    assert isinstance(result, Exit)
    assert result.name == "moved"
    assert not [one for one in run.effects() if one[0] == "push"]
    assert isinstance(run.take(update), Exit)
    published(run)
    assert not holds(run, leaked)


def test_a_change_that_conflicts_with_the_rewritten_base_stops_and_leaves_nothing_behind(run: ByHand) -> None:
    leaked = run.state["base_commit"]
    rewrite(run, a__txt=LINES.replace("line 2\n", "their line 2\n"))
    result = run.take(update)
    assert isinstance(result, Failed)
    assert "Somebody rewrote main" in result.reason
    assert "a.txt" in result.reason
    assert not holds(run, leaked)
    assert [one.action.value for one in result.advice] == ["resume", "rollback"], "opened as it is, it would come back"
    skipped = run.take(open_pull, "pull")
    assert isinstance(skipped, Exit), "also where somebody skips the step all the same"
    again = run.take(update)
    assert isinstance(again, Exit)
    assert again.name == "rework"
    run.change(a__txt=LINES.replace("line 2\n", "their line 2, and ours\n"))
    published(run)
    assert not holds(run, leaked)


def test_a_change_that_holds_what_was_taken_out_is_not_published(run: ByHand) -> None:
    run.change(copy__pem=KEY)
    assert isinstance(run.commit(), Failed | Done)
    run.store.write_now(runs.merge_state, run.run.id, {"commit": _committed(run)})
    rewrite(run)
    result = run.take(update)
    assert isinstance(result, Failed)
    assert "copy.pem" in result.reason
    assert "Nothing is pushed" in result.reason


def _committed(run: ByHand) -> str:
    """A commit of the tree as it is, whatever the rules for changes say of it."""
    repository, state = run.services.workspaces.repository(run.run), run.state
    if state.get("commit"):
        return str(state["commit"])
    author = run.services.author
    mark = run.services.workspaces._open[run.run.id].last
    return repository.write_commit(mark, [state["base_commit"]], "x", author=author, committer=author, when=1)


def test_commits_of_others_on_our_branch_are_not_thrown_away_for_it(run: ByHand) -> None:
    theirs = run.moves("b.txt", "a person's b\n", branch=BRANCH)
    rewrite(run)
    result = run.take(update)
    assert isinstance(result, Failed)
    assert "others pushed to fix/issue-7" in result.reason
    assert run.head(BRANCH) == theirs


def test_a_branch_that_is_made_anew_begins_at_what_the_base_is_now(run: ByHand) -> None:
    leaked = run.state["base_commit"]
    git(run.repository, "branch", "-q", "-D", BRANCH)
    now = rewrite(run)
    assert isinstance(run.take(create_branch, "branch"), Done)
    assert run.head(BRANCH) == now
    assert isinstance(run.take(update), Exit)
    published(run)
    assert not holds(run, leaked)


def test_a_base_that_is_rewritten_again_and_again_stops_the_run(run: ByHand) -> None:
    for number in range(MOST_UPDATES):
        git(run.repository, "commit", "-q", "--amend", "-m", f"Again {number}")
        assert isinstance(run.take(update), Exit)
        assert isinstance(run.commit(), Done)
    git(run.repository, "commit", "-q", "--amend", "-m", "And again")
    result = run.take(update)
    assert isinstance(result, Failed)
    assert "again and again" in result.reason


def test_a_base_that_is_gone_stops_the_run_and_says_so(run: ByHand) -> None:
    git(run.repository, "branch", "-q", "-M", "main", "trunk")
    result = run.take(update)
    assert isinstance(result, Failed)
    assert "no branch main any more" in result.reason
    pulled = run.take(open_pull, "pull")
    assert isinstance(pulled, Failed)
    git(run.repository, "branch", "-q", "-M", "trunk", "main")
    assert isinstance(run.take(update), Done)


def test_on_github_a_base_that_got_another_name_is_followed_and_a_leak_that_was_forced_away_stays_away(
    tmp_path: Path, github: GitHub
) -> None:
    with hand_on_github(tmp_path, github, {"a.txt": LINES, "leaked.pem": KEY}) as there:
        run = there.hand
        run.change(a__txt=OURS)
        assert isinstance(run.commit(), Done)
        there.carol.post(f"{REPO}/branches/main/rename", json={"new_name": "trunk"}).raise_for_status()
        renamed = run.take(update)
        assert isinstance(renamed, Done)
        assert renamed.summary == "`main` is called `trunk` by now"
        leaked = run.state["base_commit"]
        there.force("trunk", _clean(there))
        result = run.take(open_pull, "pull")
        assert isinstance(result, Exit), "noticed in the last moment"
        assert isinstance(run.take(update), Exit)
        published(run)
        pull = there.alice.get(f"{REPO}/pulls").json()[0]
        assert pull["base"]["ref"] == "trunk"
        commits = there.alice.get(f"{REPO}/commits", params={"sha": pull["head"]["sha"]}).json()
        assert leaked not in [one["sha"] for one in commits]


def _clean(there: OnGitHub) -> str:
    """A commit without the key and without the history that held it, which somebody brings to GitHub."""
    main = {"ref": "refs/heads/clean", "sha": there.head("trunk")}
    there.alice.post(f"{REPO}/git/refs", json=main).raise_for_status()
    where = there.hand.repository
    git(where, "checkout", "-q", "--orphan", "clean")
    git(where, "rm", "-q", "--cached", "leaked.pem")
    git(where, "commit", "-q", "-m", "Clean")
    address = there.github.url.replace("://", "://x:ghp_alice@") + "/octo/adder.git"
    git(where, "push", "-q", "--force", address, "clean")
    return git(where, "rev-parse", "clean")
