"""Why a push was refused, in GitHub's own words and in ours; the words are from public reports of such pushes."""

from __future__ import annotations

import pytest

from sandbox.errors import PushRefused, RepositoryError, TransientError
from sandbox.git.refusals import refusal

RULES = "push declined due to repository rule violations"


def refused(reason: str, *remarks: str, how: str = "remote rejected") -> RepositoryError | TransientError:
    """What becomes of a push of fix/issue-7 whose line and remarks are these."""
    line = f"To https://github.com/octo/sample.git\n!\tabc:refs/heads/fix/issue-7\t[{how}] ({reason})\nDone\n"
    said = "".join(f"remote: {remark}        \n" for remark in remarks)
    return refusal("fix/issue-7", line, said + "error: failed to push some refs to 'https://github.com/octo/sample'\n")


def gh013(*rules: str) -> RepositoryError | TransientError:
    head = (
        "error: GH013: Repository rule violations found for refs/heads/fix/issue-7.",
        "Review all repository rules at https://github.com/octo/sample/rules?ref=refs%2Fheads%2Ffix%2Fissue-7",
        "",
    )
    return refused(RULES, *head, *rules)


def gh006(*rules: str) -> RepositoryError | TransientError:
    head = "error: GH006: Protected branch update failed for refs/heads/fix/issue-7."
    return refused("protected branch hook declined", head, "", *rules)


WORKFLOW = (
    "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` "
    "without `workflows` permission"
)


@pytest.mark.parametrize(
    ("error", "words", "remedy"),
    [
        (refused(WORKFLOW), ".github/workflows/ci.yml", "Leave that file out"),
        (refused(WORKFLOW.replace("a GitHub App", "an OAuth App")), ".github/workflows/ci.yml", "change it yourself"),
        (refused(WORKFLOW.replace("`.github/workflows/ci.yml` ", "")), "a workflow file", "Leave that file out"),
        (gh013("- " + WORKFLOW), ".github/workflows/ci.yml", "Leave that file out"),
        (gh013("- Commits must have verified signatures.", "Found 1 violation:", "abc"), "be signed", "SIGNING_KEY"),
        (gh013("- Cannot create ref due to creations being restricted."), "may create a branch", "branch_prefix"),
        (gh013("- Cannot update this protected ref."), "may push to fix/issue-7", "bypass"),
        (gh013("- Cannot delete this protected ref."), "forbids to delete", "bypass"),
        (gh013("- This branch must not contain merge commits."), "must be linear", "anew"),
        (gh013("- Files over 10 MB are not allowed"), "over 10 MB", "Leave such files out"),
        (gh013("- Changes must be made through the merge queue"), "by pull requests only", "merged to"),
        (gh013("- Cannot change this locked branch"), "is locked", "Unlock it"),
        (gh013("- You're not authorized to push to this branch."), "restricts who may push", "bypass"),
        (refused("hook declined", "The 'a' organization has an IP allow list"), "of its list only", "address put"),
        (refused("hook declined", "The `a' organization has enabled SAML SSO."), "single sign-on", "Authorize"),
        (refused("x", "Repository unavailable due to DMCA takedown."), "has shut", "support"),
        (refused("x", "Access to this repository has been disabled by GitHub staff."), "has shut", "support"),
        (refused("x", "Your organization's billing is locked"), "for its bills", "settle"),
        (refused("hook declined", "fatal: pack exceeds maximum allowed size (2.00 GiB)"), "at once", "large files"),
        (refused("fetch first", how="rejected"), "Somebody else has changed the branch", "/fix new"),
        (refused("stale info", how="rejected"), "Somebody else has changed the branch", "/fix new"),
        (refused("non-fast-forward", how="rejected"), "Somebody else has changed the branch", "/fix new"),
        (refused("hook declined", "object a: hasDotgit", "fsck error in packed object"), "objects", "anew"),
        (gh013("- Changes must be made through a pull request."), "by pull requests only", "merged to"),
        (gh013('- Required status check "ci" is expected.'), 'Required status check "ci"', "merged to"),
        (gh013("- Author email must end with @acme.test"), "end with @acme.test", "PULLWRIGHT_AUTHOR_EMAIL"),
        (gh013("- Committer email must match a given regex: x$"), "match a given regex: x$", "AUTHOR_EMAIL"),
        (gh013("- Commit message must start with JIRA-"), "start with JIRA-", "bypass"),
        (gh013("- Branch name must start with topic/"), "start with topic/", "branch_prefix"),
        (gh013("- File path is restricted", "Found 1 violation:", "a.key"), "File path is restricted", "Leave them"),
        (gh013("- Something that nobody knows yet."), "says: Something that nobody knows yet.", "bypass"),
        (refused(RULES), "A rule of the repository protects", "bypass"),
        (
            refused("protected branch hook declined", "error: GH006: Protected branch update failed for refs/heads/x."),
            "A rule of the repository protects",
            "bypass",
        ),
        (
            refused("protected branch hook declined", "error: GH006: no.", "error: Commits must have valid signatures"),
            "be signed",
            "SIGNING_KEY",
        ),
        (
            refused(
                "pre-receive hook declined",
                "error: Trace: 0a1b",
                "error: See https://gh.io/lfs for more information.",
                "error: File a b.bin is 123.45 MB; this exceeds GitHub's file size limit of 100.00 MB",
                "error: GH001: Large files detected. You may want to try Git Large File Storage.",
            ),
            "a b.bin (123.45 MB) is larger than the 100.00 MB",
            "Git LFS",
        ),
        (refused("pre-receive hook declined", "error: GH007: Your push would publish a private"), "private", "noreply"),
        (refused("pre-receive hook declined", "error: GH008: Your push referenced unknown LFS"), "Git LFS", "git lfs"),
        (
            refused(
                "failed to update ref",
                "error: cannot lock ref 'refs/heads/fix/issue-7': 'refs/heads/fix' exists; "
                "cannot create 'refs/heads/fix/issue-7'",
            ),
            "A branch called fix is in the way of one called fix/issue-7",
            "Rename",
        ),
        (refused("directory file conflict"), "is in the way of one called fix/issue-7: fix, or one below", "Rename"),
        (refused("cannot lock ref 'r': there are still refs under 'refs/heads/fix/issue-7'"), "in the way", "Rename"),
        (refused(f"cannot lock ref 'refs/heads/x': is at {'a' * 40} but expected {'b' * 40}"), "Somebody", "/fix new"),
        (refused("failed to update ref", f"error: is at {'a' * 40} but expected {'b' * 40}"), "Somebody", "/fix new"),
        (refused("incorrect old value provided"), "Somebody else has changed the branch", "/fix new"),
        (refused("cannot lock ref 'refs/heads/x': reference already exists"), "Somebody else has changed", "/fix new"),
        (refused("remote ref updated since checkout", how="rejected"), "Somebody else has changed", "/fix new"),
        (refused("refusing to allow an integration to create or update .github/workflows/a.yml"), "a.yml", "Leave"),
        (gh006("- Changes must be made through a pull request.", "", "- Commits must have verified signatures."),
         "by pull requests only. Its commits must be signed.", "SIGNING_KEY"),
        (gh006("error: At least 1 approving review is required by reviewers."), "by pull requests only", "merged to"),
        (gh013("- Code scanning is waiting for results from CodeQL."), "asks for checks", "merged to"),
        (gh013("- Required workflow 'ci' is not satisfied"), "asks for checks", "merged to"),
        (refused("hook declined", "error: Repository is locked"), "locked or read-only", "settings"),
        (refused("hook declined", "error: This repository is read-only"), "locked or read-only", "settings"),
        (refusal("x", "", "remote: Invalid username or token.\n"), "did not take the credentials", "doctor"),
        (refused("hook declined", "You must verify your email address.", "See https://x.test"), "confirmed", "Confirm"),
        (refusal("x", "", "remote: This repository was archived so it is read-only.\n"), "is archived", "Unarchive"),
        (refusal("x", "", "remote: Permission to octo/sample.git denied to p[bot].\n"), "may not push", "contents"),
    ],
)  # fmt: skip
def test_each_reason_has_its_sentence_and_its_remedy(error: Exception, words: str, remedy: str) -> None:
    assert isinstance(error, PushRefused), error
    assert words in error.sentence
    assert remedy in error.remedy


def test_a_secret_is_told_with_its_place_and_the_link_that_lets_it_through() -> None:
    link = "https://github.com/octo/sample/security/secret-scanning/unblock-secret/2fXyAbC"
    error = gh013(
        "- GITHUB PUSH PROTECTION",
        "  —————————————————————————————————————————",
        "    Resolve the following violations before pushing again",
        "    - Push cannot contain secrets",
        "      —— GitHub Personal Access Token ——————————————————————",
        "       locations:",
        "         - commit: 8728dbe67",
        "           path: README.md:4",
        "       (?) To push, remove secret from commit(s) or follow this URL to allow the secret.",
        f"       {link}",
    )
    assert isinstance(error, PushRefused)
    assert "found a secret (GitHub Personal Access Token) at README.md:4." in error.sentence
    assert f"allow it at {link}" in error.remedy
    assert "  " not in error.sentence
    assert "says:" not in error.sentence, "what belongs to it is no rule of its own"


def test_several_rules_are_all_told_and_their_page() -> None:
    error = gh013("- Cannot create ref due to creations being restricted.", "- Commits must have verified signatures.")
    assert isinstance(error, PushRefused)
    assert "may create a branch" in error.sentence
    assert "must be signed" in error.sentence
    assert "https://github.com/octo/sample/rules?ref=refs%2Fheads%2Ffix%2Fissue-7" in error.remedy


@pytest.mark.parametrize(
    "error",
    [
        refused("failure", "fatal error in commit_refs"),
        refused("failure"),
        refused("Internal Server Error"),
        refused("remote failed to report status", "Internal Server Error", how="remote failure"),
        refused("internal error"),
        refused("hook declined", "You have exceeded a secondary rate limit. Please wait a few minutes"),
        refused("unpacker error"),
        refused("failed to update ref"),
        refused("cannot lock ref 'refs/heads/x': Unable to create '/x.lock': File exists"),
        refused("index-pack abnormal exit"),
        refused("pre-receive hook declined", "error: GitHub is temporarily unavailable"),
    ],
)
def test_what_the_other_side_failed_at_by_itself_is_tried_again(error: Exception) -> None:
    assert isinstance(error, TransientError), error
    assert "just now" in str(error)


@pytest.mark.parametrize(
    ("stdout", "stderr", "said"),
    [
        ("", "", "no reason was given"),
        ("!\tx:y\t[remote rejected] (hook declined)\n", "remote: We do not want this\n", "We do not want this"),
        ("!\tx:y\t[remote rejected] (hook declined)\n", "remote: No.\nremote: See https://x.test/a\n", "No"),
        (
            "!\tx:y\t[remote rejected] (hook declined)\n",
            "remote: Not today.\nremote: This repository moved. Please use the new location:\nremote:   https://x.test/o\n",
            "Not today",
        ),
        ("!\tx:y\t[remote rejected] (branch is currently checked out)\n", "", "branch is currently checked out"),
    ],
)
def test_what_is_not_known_is_told_as_it_was_said(stdout: str, stderr: str, said: str) -> None:
    error = refusal("x", stdout, stderr)
    assert str(error) == f"Branch x was not accepted: {said}."


def test_the_path_that_a_rule_speaks_of_is_no_rule() -> None:
    error = gh013("- File path is restricted.", "- .github/workflows/x.yml")
    assert "A rule of the repository says" not in str(error)


def found(*of: str) -> tuple[str, ...]:
    return (f"  Found {len(of)} violation{'s' * (len(of) != 1)}:", "", *(f"  {one} (?)" for one in of), "")


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (("- File path is restricted", *found("secret/a.txt", "secret/b c.txt")), "(secret/a.txt, secret/b c.txt)"),
        (("- File extension restricted", *found("a.exe")), "restricted (a.exe)."),
        (("- File path length exceeds the limit of 10 characters", *found("a" * 30)), f"({'a' * 30})"),
        (("- Files over 1 MB are not allowed", *found("a/big.bin")), "not allowed (a/big.bin)."),
        (("- Repository rule violations found", "  Waiting on Copilot review"), "(Waiting on Copilot review)"),
        (("- Commits must have verified signatures.", *found("0123456789abcdef0123")), "must be signed."),
        (("- File path is restricted", *found(*"abcdefg")), "(a, b, c, d, e and 2 more)"),
    ],
)
def test_the_files_that_break_a_rule_are_named(rules: tuple[str, ...], words: str) -> None:
    assert words in str(gh013(*rules))


def test_a_place_of_a_secret_is_no_rule() -> None:
    told = str(
        gh013("- GITHUB PUSH PROTECTION", "  —— AWS Key ———", "   locations:", "     - blob id: 0123456789abcdef")
    )
    assert "push protection found a secret (AWS Key)" in told
    assert "blob id" not in told


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (gh006("error: Required linear history"), "must be linear"),
        (
            refused("hook declined", "error: GH005: Sorry, refs longer than 255 bytes are not allowed."),
            "is longer than",
        ),
        (refused("branch is locked"), "The branch is locked. Unlock it"),
        (refused("protected tag hook declined"), "protects it"),
        (refused("push too large"), "larger than the other side takes"),
        (refused("object exceeds size limit"), "larger than the other side takes"),
        (refused("not allowed to push"), "may not push here"),
        (refused("funny refname"), "does not take this name"),
        (refused("pre-receive hook declined", "No ticket: JIRA-1 expected", "Ask #git"), "JIRA-1 expected; Ask #git."),
        (refused("hook declined", "error: GH011: Something new."), "accepted: GH011: Something new."),
    ],
)
def test_other_ways_to_say_no_are_told_whole(error: Exception, words: str) -> None:
    assert words in str(error)
    assert "error:" not in str(error)
