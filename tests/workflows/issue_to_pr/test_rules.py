"""Whose commits are, how branches are called, and what a repository's rules ask of both, on the stand-in GitHub."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.trees.rollback import Mode
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.hand_on_github import REPO, OnGitHub, hand_on_github
from tests.fakes.steps_by_hand import by_hand
from workflows.definition import Done, Exit, Failed, Result
from workflows.errors import BudgetSpent
from workflows.issue_to_pr.branch.updating import update
from workflows.issue_to_pr.intake import parse_issue
from workflows.issue_to_pr.publishing import open_pull
from workflows.runs.undoing.rollback import plan_undoing
from workflows.steps.branch_names import branch_name, candidates, in_the_way
from workflows.store.run_rows import runs
from workflows.values import Issue

ISSUE = Issue(1, "add() subtracts", "It does.", labels=("bug",))
FILES: dict[str, str | bytes] = {"a.txt": "a\n", "b.txt": "b\n"}
OURS = "fix/issue-1"


def rule(kind: str, **parameters: Any) -> Any:
    return {"type": kind} | ({"parameters": parameters} if parameters else {})


def ruleset(*rules: Any, on: str = "refs/heads/fix/**/*", **more: Any) -> Any:
    return {"rules": list(rules), "include": [on], **more}


def published(there: OnGitHub) -> Result:
    committed = there.hand.commit()
    if not isinstance(committed, Done):
        return committed
    assert isinstance(there.hand.take(update), Done)
    return there.hand.take(open_pull, "pull")


def goes_on(there: OnGitHub) -> bool:
    """Whether the first step comes to asking the model, for which there is no budget here."""
    with pytest.raises(BudgetSpent):
        there.hand.take(parse_issue, "parse")
    return True


def commit_of(there: OnGitHub, branch: str = OURS) -> Any:
    return there.alice.get(f"{REPO}/commits/{there.head(branch)}").raise_for_status().json()


# --- whose a commit is -------------------------------------------------------------------------


def test_commits_are_by_the_apps_own_account(tmp_path: Path, github: GitHub) -> None:
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE) as there:
        there.hand.change(a__txt="changed\n")
        assert isinstance(published(there), Done)
        bot = there.alice.get(f"/users/{there.app.bot}").json()
        author = commit_of(there)["commit"]["author"]
        assert author["name"] == there.app.bot
        assert author["email"] == f"{bot['id']}+{there.app.bot}@users.noreply.127.0.0.1"


def test_who_is_named_in_the_settings_is_whom_commits_are_by(tmp_path: Path, github: GitHub) -> None:
    whom = {"author_name": "Acme Bot", "author_email": "bot@acme.example"}
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE, settings=whom) as there:
        there.hand.change(a__txt="changed\n")
        assert isinstance(published(there), Done)
        assert commit_of(there)["commit"]["author"]["email"] == "bot@acme.example"


def test_at_home_the_address_is_nobodys(tmp_path: Path) -> None:
    with by_hand(tmp_path, FILES) as hand:
        assert hand.services.author.email.endswith(".invalid")


def test_who_asked_signs_off_where_the_repository_wants_that(tmp_path: Path, github: GitHub) -> None:
    files = {**FILES, ".github/pullwright.yml": "signoff: true\n"}
    with hand_on_github(tmp_path, github, files, issue=ISSUE) as there:
        there.hand.change(a__txt="changed\n")
        assert isinstance(published(there), Done)
        message = commit_of(there)["commit"]["message"]
        assert "\n\nFixes #1\n\nCo-authored-by: Alice <" in message
        assert message.rstrip().endswith("Signed-off-by: Alice <1+alice@users.noreply.github.com>")


# --- what the branch is called -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        (("fix",), "fix-issue-1"),
        (("fix", "fix-issue-1"), "fix-issue-1-2"),
        (("fix/issue-1/wip",), "fix/issue-1-2"),
        (("fix/issue-1",), "fix/issue-1-2"),
        (("fix/issue-1", "fix/issue-1-2/x"), "fix/issue-1-3"),
        (("fix/issue-10", "fixes"), "fix/issue-1"),
    ],
)
def test_a_name_that_cannot_be_is_no_wall(taken: tuple[str, ...], name: str) -> None:
    wanted = branch_name(ISSUE)
    free = [one for one in candidates(wanted, taken, numbered=True) if one not in taken and not in_the_way(one, taken)]
    assert free[0] == name


def test_another_name_is_taken_and_why_is_said_at_once(tmp_path: Path, github: GitHub) -> None:
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE, branches=("fix",)) as there:
        assert there.hand.state["branch"] == "fix-issue-1"
        there.hand.change(a__txt="changed\n")
        assert isinstance(published(there), Done)


def test_at_home_a_branch_above_is_gone_around_too(tmp_path: Path) -> None:
    with by_hand(tmp_path, FILES, taken="fix") as hand:
        assert hand.state["branch"] == "fix-issue-7"


def test_a_repository_may_ask_for_a_prefix(tmp_path: Path, github: GitHub) -> None:
    files = {**FILES, ".github/pullwright.yml": "branch_prefix: bots/\n"}
    names = ruleset(rule("branch_name_pattern", operator="starts_with", pattern="bots/"), on="~ALL")
    with hand_on_github(tmp_path, github, files, issue=ISSUE, rules=(names,)) as there:
        assert there.hand.state["branch"] == "bots/fix/issue-1"


# --- rules, looked at before anything is spent --------------------------------------------------

PATTERN = {"operator": "starts_with", "pattern": "topic/"}
CHECKS = {"required_status_checks": [{"context": "ci"}], "strict_required_status_checks_policy": False}
EMAIL = {"operator": "ends_with", "pattern": "@acme.example"}


@pytest.mark.parametrize(
    ("given", "words", "remedy"),
    [
        (rule("creation"), "restricts who may create a branch called fix/issue-1", "branch_prefix"),
        (rule("update"), "restricts who may push to fix/issue-1", "bypass"),
        (rule("pull_request"), "by pull requests only", "merged to"),
        (rule("required_status_checks", **CHECKS), "asks for checks", "merged to"),
        (rule("branch_name_pattern", **PATTERN), "must start with topic/", "branch_prefix"),
        (rule("commit_author_email_pattern", **EMAIL), "must end with @acme.example", "PULLWRIGHT_AUTHOR_EMAIL"),
        (rule("committer_email_pattern", operator="regex", pattern="^x"), "must match ^x", "PULLWRIGHT_AUTHOR_EMAIL"),
    ],
    ids=lambda value: value["type"] if isinstance(value, Mapping) else "",
)
def test_what_a_rule_forbids_is_said_before_the_model_is_asked(
    tmp_path: Path, github: GitHub, given: Any, words: str, remedy: str
) -> None:
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE) as there:
        there.github.rulesets("octo/adder", ruleset(given))
        result = there.hand.take(parse_issue, "parse")
        assert isinstance(result, Failed)
        assert words in result.reason
        assert remedy in result.reason
        assert "Nothing was spent" in result.reason
        there.github.rulesets("octo/adder", ruleset(given, bypass=[there.app.slug]))
        assert goes_on(there), "what we may bypass is no wall"


def test_rules_of_others_and_those_that_we_fulfil_forbid_nothing(tmp_path: Path, github: GitHub) -> None:
    fulfilled = [rule("branch_name_pattern", operator="regex", pattern="^fix/"), rule("required_linear_history")]
    sets = (ruleset(*fulfilled), ruleset(rule("update"), rule("creation"), on="refs/heads/main"))
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE, rules=sets) as there:
        assert goes_on(there)


def test_rules_that_cannot_be_read_forbid_nothing(tmp_path: Path, github: GitHub) -> None:
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE) as there:
        there.github.fault(f"{REPO}/rules/.*", status=404, times=9)
        assert goes_on(there)


def _long(*values: object) -> object:
    return pytest.param(*values, marks=pytest.mark.at_length)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (rule("file_path_restriction", restricted_file_paths=["**/*"]), "takes no change of any file"),
        (rule("commit_message_pattern", operator="ends_with", pattern="[ci]"), "ours never do"),
        (rule("commit_message_pattern", operator="contains", pattern="Fixes #", negate=True), "ours never do"),
    ],
    ids=["paths", "ending", "closing"],
)
def test_rules_that_no_change_of_ours_can_keep_are_told_before_the_model_is_asked(
    tmp_path: Path, github: GitHub, given: Any, words: str
) -> None:
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE, rules=(ruleset(given),)) as there:
        result = there.hand.take(parse_issue, "parse")
        assert isinstance(result, Failed)
        assert words in result.reason
        assert "Nothing was spent" in result.reason


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (rule("file_path_restriction", restricted_file_paths=["*.txt"]), "takes no change at a.txt, odd.txt"),
        _long(rule("file_extension_restriction", restricted_file_extensions=[".txt"]), "that end like odd.txt"),
        _long(rule("max_file_path_length", max_file_path_length=6), "more than 6 characters: odd.txt"),
        _long(rule("max_file_size", max_file_size=1), "more than 1 MB: odd.txt (1.9 MB)"),
        (rule("commit_message_pattern", operator="regex", pattern=r"^[A-Z]+-\d+ "), "must match ^[A-Z]+-"),
        _long(
            rule("commit_author_email_pattern", operator="ends_with", pattern="@acme.example"), "must end with @acme"
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, Mapping) else "",
)
def test_a_commit_that_breaks_a_rule_is_not_pushed_and_the_stand_in_would_refuse_it(
    tmp_path: Path, github: GitHub, given: Any, words: str
) -> None:
    bounds = {"max_diff": 10_000_000}
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE, settings=bounds) as there:
        lines = 250_000 if given["type"] == "max_file_size" else 1  # what is large is searched for secrets for seconds
        there.hand.change(odd__txt="changed\n" * lines, a__txt=None)
        before = there.head(OURS)
        there.github.rulesets("octo/adder", ruleset(given))
        result = there.hand.commit()
        assert isinstance(result, Failed)
        assert words in result.reason, result.reason
        assert "It is not pushed." in result.reason
        assert there.head(OURS) == before
        there.github.rulesets("octo/adder")
        assert isinstance(there.hand.commit(), Done)
        assert isinstance(there.hand.take(update), Done)
        there.github.rulesets("octo/adder", ruleset(given))
        assert isinstance(there.hand.take(open_pull, "pull"), Failed), "so GitHub says, too"


def test_a_message_is_made_to_fit_the_rule_for_conventional_commits(tmp_path: Path, github: GitHub) -> None:
    names = ruleset(rule("commit_message_pattern", operator="regex", pattern=r"^(feat|fix)(\(.+\))?: [a-z]"))
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE, rules=(names,)) as there:
        there.hand.change(a__txt="changed\n")
        assert isinstance(published(there), Done)
        assert commit_of(there)["commit"]["message"].startswith("fix: add() subtracts\n")


def test_what_the_bases_rules_have_against_the_commit_is_told_in_the_pull_request(
    tmp_path: Path, github: GitHub
) -> None:
    names = ruleset(rule("commit_message_pattern", operator="starts_with", pattern="JIRA-"), on="~DEFAULT_BRANCH")
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE, rules=(names,)) as there:
        there.hand.change(a__txt="changed\n")
        assert isinstance(published(there), Done)
        body = there.alice.get(f"{REPO}/pulls/2").json()["body"]
        assert "For main: A rule says that messages of commits must start with JIRA-" in body
        assert "squashing makes it anew" in body


# --- commits that must be signed ---------------------------------------------------------------

SIGNED = rule("required_signatures")


@pytest.mark.parametrize("on", ["~ALL", "refs/heads/main"])
def test_where_commits_must_be_signed_github_makes_them(tmp_path: Path, github: GitHub, on: str) -> None:
    """Also where only the base asks for that: nothing unsigned could be merged."""
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE) as there:
        there.github.rulesets("octo/adder", ruleset(SIGNED, on=on))
        there.hand.change(a__txt="changed\n", b__txt=None)
        result = published(there)
        assert isinstance(result, Done), result
        made = commit_of(there)
        assert made["sha"] == there.hand.state["commit"] == result.state["tip"]
        assert made["commit"]["committer"]["email"] == "noreply@github.com"
        assert "Fixes #1" in made["commit"]["message"]
        files = {one["filename"]: one["status"] for one in there.alice.get(f"{REPO}/pulls/2/files").json()}
        assert files == {"a.txt": "modified", "b.txt": "removed"}


def test_classic_protection_that_asks_for_signatures_is_seen_too(tmp_path: Path, github: GitHub) -> None:
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE) as there:
        there.github.protect("octo/adder", "fix/*", signatures=True, pushes=True, deletions=True)
        there.hand.change(a__txt="changed\n")
        assert isinstance(published(there), Done)
        assert commit_of(there)["commit"]["committer"]["email"] == "noreply@github.com"


def test_a_base_that_moved_comes_before_the_commit_that_github_makes(tmp_path: Path, github: GitHub) -> None:
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE) as there:
        there.hand.change(a__txt="changed\n")
        fields = {"message": "Add c", "content": "Yw==", "branch": "main"}
        there.alice.put(f"{REPO}/contents/c.txt", json=fields).raise_for_status()
        there.github.rulesets("octo/adder", ruleset(SIGNED, on="refs/heads/main"))
        assert isinstance(there.hand.commit(), Done)
        assert isinstance(there.hand.take(update), Exit)
        assert isinstance(published(there), Done)
        assert [one["sha"] for one in commit_of(there)["parents"]] == [there.head("main")]


def test_what_was_made_before_a_crash_is_found_and_not_made_again(tmp_path: Path, github: GitHub) -> None:
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE) as there:
        there.github.rulesets("octo/adder", ruleset(SIGNED, on="~ALL"))
        there.hand.change(a__txt="changed\n")
        assert isinstance(there.hand.commit(), Done)
        assert isinstance(there.hand.take(update), Done)
        before = dict(there.hand.state)
        assert isinstance(there.hand.take(open_pull, "pull"), Done)
        head = there.head(OURS)
        _back_to(there, before)
        assert isinstance(there.hand.take(open_pull, "pull"), Done)
        assert there.head(OURS) == head


def _back_to(there: OnGitHub, state: Mapping[str, Any]) -> None:
    there.hand.store.write_now(lambda db: runs.update_run(db, there.hand.run.id, state=dict(state)))


@pytest.mark.parametrize("what", ["executable", "link", "mode"])
def test_what_github_cannot_make_is_refused_with_the_reason(tmp_path: Path, github: GitHub, what: str) -> None:
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE) as there:
        there.github.rulesets("octo/adder", ruleset(SIGNED, on="~ALL"))
        if what == "link":
            (there.hand.tree / "odd").symlink_to("a.txt")
        elif what == "executable":
            (there.hand.tree / "odd").write_text("#!/bin/sh\n")
            (there.hand.tree / "odd").chmod(0o755)
        else:
            (there.hand.tree / "a.txt").chmod(0o755)
        there.hand.change(b__txt="changed\n")
        result = there.hand.commit()
        assert isinstance(result, Failed)
        assert ("a.txt" if what == "mode" else "odd") in result.reason
        assert "PULLWRIGHT_SIGNING_KEY" in result.reason


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_a_key_of_the_operators_signs_whatever_is_in_the_commit(tmp_path: Path, github: GitHub, kind: str) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", key], check=True)
    whom = {"author_name": "Acme Bot", "author_email": "bot@acme.example", "signing_key": key}
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE, settings=whom) as there:
        there.github.rulesets("octo/adder", ruleset(SIGNED, on="~ALL"))
        there.github.signing_key("bot@acme.example", key.with_suffix(".pub").read_text())
        (there.hand.tree / "run.sh").write_text("#!/bin/sh\n")
        (there.hand.tree / "run.sh").chmod(0o755)
        there.hand.change(a__txt="changed\n")
        first = there.hand.commit()
        assert isinstance(first, Done)
        again = there.hand.commit()
        assert isinstance(again, Done)
        assert first.state["commit"] == again.state["commit"], "a repeated step makes the same commit"
        assert isinstance(there.hand.take(update), Done)
        assert isinstance(there.hand.take(open_pull, "pull"), Done)


def test_a_key_that_github_does_not_know_is_refused_with_the_remedy(tmp_path: Path, github: GitHub) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    whom = {"author_name": "Acme Bot", "author_email": "bot@acme.example", "signing_key": key}
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE, settings=whom) as there:
        there.github.rulesets("octo/adder", ruleset(SIGNED, on="~ALL"))
        there.hand.change(a__txt="changed\n")
        result = published(there)
        assert isinstance(result, Failed)
        assert "Its commits must be signed" in result.reason
        assert "PULLWRIGHT_SIGNING_KEY" in result.reason


# --- taking it back ----------------------------------------------------------------------------


async def _obstacles(there: OnGitHub, mode: Mode) -> list[str]:
    undoing = await plan_undoing(there.hand.services, there.hand.run, mode)
    found = [str(one) for one in await undoing.prospects()]
    assert there.hand.closing is not None
    await there.hand.closing()
    return found


def test_a_rule_against_deletion_is_told_in_the_dry_run(tmp_path: Path, github: GitHub) -> None:
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE) as there:
        there.hand.change(a__txt="changed\n")
        assert isinstance(published(there), Done)
        assert "forbids to delete" not in "".join(asyncio.run(_obstacles(there, Mode.HARD)))
        there.github.rulesets("octo/adder", ruleset(rule("deletion")))
        told = "\n".join(asyncio.run(_obstacles(there, Mode.HARD)))
        assert "A rule of the repository forbids to delete branch fix/issue-1." in told


def test_a_push_that_is_refused_fails_the_step_with_the_reason(tmp_path: Path, github: GitHub) -> None:
    with hand_on_github(tmp_path, github, FILES, issue=ISSUE) as there:
        there.hand.change(a__txt="changed\n")
        assert isinstance(there.hand.commit(), Done)
        assert isinstance(there.hand.take(update), Done)
        names = rule("commit_message_pattern", operator="starts_with", pattern="JIRA-")
        there.github.rulesets("octo/adder", ruleset(names))
        result = there.hand.take(open_pull, "pull")
        assert isinstance(result, Failed)
        assert "start with JIRA-" in result.reason
        there.github.rulesets("octo/adder")
        assert isinstance(there.hand.take(open_pull, "pull"), Done)
