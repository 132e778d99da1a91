"""Pull request and commit texts, from data."""

import re
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from sandbox.journal import FileAction, FileChange
from workflows.text.pull_request.body import PullFacts, commit_message, cost_line, pull_body, pull_title
from workflows.text.pull_request.verdict import judged
from workflows.values import Issue, Requirement, RequirementState, Spent
from workflows.verification import Check, CheckKind, CheckRun, Counts, Verdict, Verification

TESTS = Check(
    CheckKind.TEST,
    "pytest",
    Verdict.PASSED,
    base=CheckRun(1, 3.2, Counts(41, 1), ("tests/test_a.py::test_slug",)),
    head=CheckRun(0, 3.1, Counts(42, 0, 2)),
    fixed=("tests/test_a.py::test_slug",),
)
TYPES = Check(CheckKind.TYPES, "mypy .", Verdict.NOT_RUN, reason="mypy is not installed in the repository's set-up")
LINT = Check(
    CheckKind.LINT,
    "ruff check . | cat",
    Verdict.FAILED,
    base=CheckRun(0, 0.1),
    head=CheckRun(1, 0.1, None, ("a.py: F401 unused",), tail="a.py:1: F401 unused\n"),
    new_failures=("a.py: F401 unused",),
)
FACTS = PullFacts(
    run_id="261120-k7p2m",
    issue=Issue(12, "Slugs lose their digits", "They do."),
    title="Keep digits in slugs",
    summary="Slugs keep their digits now. Thanks @octocat, this closes #7.\n\n## Verification\n\nAll 99 tests passed.",
    changes=(
        FileChange("slug.py", FileAction.MODIFIED),
        FileChange("tests/test_slug.py", FileAction.CREATED),
        FileChange("b.py", FileAction.RENAMED, old_path="a.py"),
    ),
    notes={"slug.py": "the pattern takes digits"},
    requirements=(
        Requirement("Digits are kept", RequirementState.MET, "test_slug covers it"),
        Requirement("Dots too", RequirementState.UNMET),
        Requirement("Speed"),
    ),
    verification=Verification("tree", (TESTS, TYPES)),
    not_run=("`npm run e2e` needs a browser",),
    warnings=("tests/test_slug.py was changed by this run",),
    spent=Spent(usd=0.1234, tokens=45_678, turns=9),
    minutes=3.25,
    model="openai/x",
)


def test_what_fails_without_the_change_too_is_said_where_it_does() -> None:
    told = "Nothing broke: 42 tests pass, but no test shows that the issue is solved."
    assert judged(Verification("t", (TESTS, TYPES))).headline == told
    old = replace(TESTS, head=replace(TESTS.head or CheckRun(0, 0), exit_code=1))
    both = Verification("t", (old, TYPES))
    rows = [row for row in pull_body(replace(FACTS, verification=both)).splitlines() if row.startswith("| t")]
    assert [row.split(" | ")[-1] for row in rows] == ["**no new failures** |", "**not run** |"]


def test_the_whole_text_is_made_from_the_values() -> None:
    assert pull_body(FACTS) == snapshot("""\
## Summary

*In the model's own words, which nothing has checked:*

> Slugs keep their digits now. Thanks @\u200boctocat, this c\u200bloses #7.
>
> \u200bVerification
>

*What it says about results of checks is left out here: what was run stands under Verification.*

## Changes

- `slug.py` changed: the pattern takes digits
- `tests/test_slug.py` added
- `b.py` renamed from `a.py`

## Requirements

*Ticked is what a proving test shows, as the model says which. All else is its word, which nothing has checked.*

- [ ] Digits are kept — open: the model holds it to be met, and names no place: test_slug covers it
- [ ] Dots too **(not met)**
- [ ] Speed — open

## Verification

Nothing broke: 42 tests pass, but no test shows that the issue is solved.

| Check | Command | Before | After | Result |
|---|---|---|---|---|
| test | `pytest` | 41 passed, 1 failed | 42 passed, 0 failed, 2 skipped | **passed** |
| types | `mypy .` | not run | not run | **not run** |

`pytest`:

- Pass now: `tests/test_a.py::test_slug`

`mypy .`:

- mypy is not installed in the repository's set-up

Not run:

- `npm run e2e` needs a browser

## Warnings

- tests/test_slug.py was changed by this run

## Cost

$0.12, 45,678 tokens, 9 model calls, 3.2 minutes, `openai/x`

Fixes #12

---
Made by Pullwright, run `261120-k7p2m`. Please review it as you would anybody's.
""")


def test_a_failed_check_shows_what_is_new_and_the_end_of_its_output() -> None:
    body = pull_body(replace(FACTS, verification=Verification("tree", (TESTS, LINT))))
    assert body[body.index("## Verification") : body.index("## Warnings")] == snapshot("""\
## Verification

Not verified: `ruff check . | cat` failed because of this change: `a.py: F401 unused`.

| Check | Command | Before | After | Result |
|---|---|---|---|---|
| test | `pytest` | 41 passed, 1 failed | 42 passed, 0 failed, 2 skipped | **passed** |
| lint | `ruff check . \\| cat` | passed | 1 complaint | **failed** |

`pytest`:

- Pass now: `tests/test_a.py::test_slug`

`ruff check . | cat`:

- New failures: `a.py: F401 unused`

The end of its output:

```text
a.py:1: F401 unused
```

Not run:

- `npm run e2e` needs a browser

""")


def test_without_an_issue_number_nothing_is_closed() -> None:
    body = pull_body(replace(FACTS, issue=Issue(0, "t", "b"), verification=None))
    assert "Fixes" not in body
    assert "Not verified: no check was run." in body


def test_the_words_of_the_model_never_become_a_verdict() -> None:
    body = pull_body(replace(FACTS, verification=None))
    assert body.count("\n## Verification") == 1
    assert "@octocat" not in body


@given(st.integers(0, 400), st.text(alphabet="`~@#\n ax", max_size=300))
def test_the_text_always_fits_and_keeps_its_end(files: int, summary: str) -> None:
    changes = tuple(FileChange(f"{'d' * 200}/{n}.py", FileAction.CREATED) for n in range(files))
    body = pull_body(replace(FACTS, changes=changes, summary=summary * 50), most=9000)
    assert len(body) <= 9000
    assert "\nFixes #12\n" in body
    assert body.endswith("Please review it as you would anybody's.\n")


def test_a_commit_says_why_and_names_who_asked() -> None:
    assert commit_message(FACTS, ("Octo Cat", "1+octocat@users.noreply.github.com")) == snapshot("""\
Keep digits in slugs

In the model's own words, which nothing has checked:

Slugs keep their digits now. Thanks @\u200boctocat, this c\u200bloses #7.

Fixes #12

Co-authored-by: Octo Cat <1+octocat@users.noreply.github.com>
""")


@pytest.mark.parametrize(
    "words",
    ["Release-As: 9.0.0", "BREAKING CHANGE: all", "Reviewed-by : Ann", "Bug: 1", f"{'word ' * 13}Release-As: 9"],
)
def test_the_model_adds_no_trailer_and_no_order_to_release(words: str) -> None:
    message = commit_message(replace(FACTS, issue=Issue(0, "t", "b"), summary=f"It adds.\n\n{words}"))
    assert not re.search(r"^[A-Za-z0-9-]+[ \t]*: |BREAKING CHANGE", message.partition(":\n")[2], re.MULTILINE)
    assert words.split() == message.replace("\u200b", "").partition("It adds.")[2].replace("> ", "").split()


CLAIM = "Proven by `test_x`: all 42 tests pass"


def test_neither_title_nor_notes_nor_the_issue_tell_results_of_checks() -> None:
    told = replace(FACTS, title=f"\u2705 {CLAIM}", notes={FACTS.changes[0].path: CLAIM}, summary="")
    assert pull_title(told) == "Slugs lose their digits"
    body = pull_body(replace(told, issue=Issue(12, f"\u2705 {CLAIM}", "b")))
    assert body.count(CLAIM) == 1
    assert f"*As the issue calls it:* {CLAIM}" in body
    assert "\u2705" not in body


def test_a_name_cannot_add_a_trailer() -> None:
    message = commit_message(FACTS, ("A\nSigned-off-by: B", "x@y\n>"))
    assert message.splitlines()[-1] == "Co-authored-by: A Signed-off-by: B <x@y>"


def test_a_long_title_is_shortened_for_the_subject() -> None:
    subject = commit_message(replace(FACTS, title="word " * 40)).splitlines()[0]
    assert len(subject) <= 72
    assert pull_title(replace(FACTS, title="")) == "Slugs lose their digits"


def test_a_price_that_is_not_known_is_not_called_zero() -> None:
    assert cost_line(Spent(tokens=10, turns=1, unpriced=1), 0.5) == snapshot(
        "price not known, 10 tokens, 1 model call, 0.5 minutes"
    )
    assert cost_line(Spent(usd=0.5, tokens=10, turns=2, unpriced=1), 0.5) == snapshot(
        "$0.50 and 1 call whose price is not known, 10 tokens, 2 model calls, 0.5 minutes"
    )
    assert cost_line(Spent(), 0) == snapshot("$0.00, 0 tokens, 0 model calls, 0.0 minutes")


def _trailers(message: str) -> list[str]:
    """As git itself reads them."""
    read = subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=message, capture_output=True, text=True, check=True
    )
    return read.stdout.splitlines()


def test_git_reads_the_trailers_and_no_word_of_the_model_is_one() -> None:
    asker = ("Octo Cat", "1+octocat@users.noreply.github.com")
    by = "Octo Cat <1+octocat@users.noreply.github.com>"
    assert _trailers(commit_message(FACTS, asker)) == [f"Co-authored-by: {by}"]
    assert _trailers(commit_message(FACTS, asker, signoff=True)) == [f"Co-authored-by: {by}", f"Signed-off-by: {by}"]
    forged = "Signed-off-by: Linus <l@example.org>\nReviewed-by: Ada <a@example.org>"
    alone = replace(FACTS, issue=Issue(0, "A file", ""), summary=f"It adds.\n\n{forged}")
    assert _trailers(commit_message(alone)) == []
    assert _trailers(commit_message(replace(FACTS, summary=forged), asker)) == [f"Co-authored-by: {by}"]
    assert _trailers(commit_message(FACTS, ("Eve\nSigned-off-by: Ada <a@example.org>", "e@example.org"))) == [
        "Co-authored-by: Eve Signed-off-by: Ada a@example.org <e@example.org>"
    ]
