"""What reviewers ask for twice is proposed to people as a line for their guide, once, in their own words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from inline_snapshot import snapshot

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.hand_on_github import REPO, OnGitHub, hand_on_github
from workflows.definition import Done
from workflows.issue_to_pr.follow_up.asked import AskedFor
from workflows.issue_to_pr.follow_up.guide_line import Request, asked_twice, learn, proposal, words_of
from workflows.store.run_rows import runs
from workflows.subject import Subject, SubjectKind
from workflows.values import to_json

HERE = Request("Please write a docstring for every public function here.", 12)
BEFORE = Request("Every public function needs a docstring, please write one.", 8)
OTHER = Request("Rename this variable, its meaning is unclear to readers.", 9)


def test_what_two_pull_requests_were_asked_alike_is_found() -> None:
    assert asked_twice([OTHER, HERE], [OTHER, BEFORE], []) == (HERE, BEFORE)


def test_what_is_new_or_of_the_same_pull_request_or_was_proposed_is_not() -> None:
    assert asked_twice([HERE], [OTHER], []) is None
    assert asked_twice([HERE], [Request(BEFORE.words, 12)], []) is None
    assert asked_twice([HERE], [BEFORE], [BEFORE.words]) is None
    assert asked_twice([Request("Why?", 12)], [Request("Why?", 8)], []) is None
    assert asked_twice([], [], []) is None


def test_of_a_thread_the_last_words_count_without_code_and_mentions() -> None:
    thread = AskedFor("thread", 1, "bob: No.\n\nalice: Say so in words: @bob\n```suggestion\nx\n```", "alice", "a.py:1")
    assert words_of(thread) == "Say so in words:"
    assert words_of(AskedFor("comment", 1, "Add tests: all of them.", "alice")) == "Add tests: all of them."


def test_it_is_a_suggestion_in_which_nothing_acts() -> None:
    hostile = Request("# Closes #1 @everyone <!-- x --> | a |", 12)
    assert proposal(hostile, BEFORE, "AGENTS.md").replace("\u200b", "·") == snapshot("""\
This was asked on #8 before. A line in `AGENTS.md` would have it done from the start, such as:

> #· C·loses #1 @·everyone | a |

*Whether it becomes one is for people to say; nothing is added by itself.*\
""")


def learned(on: OnGitHub, run_id: str, request: Request) -> str:
    """What the step says of a follow-up in which that was asked."""
    about = to_json(Subject(SubjectKind.PULL, "octo/adder", "github", 1, request.number))
    asked = [to_json(AskedFor("comment", 1, request.words, "alice"))]
    row = replace(on.hand.run, id=run_id, workflow="follow_up", state={"asked": asked})
    on.hand.store.write_now(runs.insert_run, replace(row, inputs={**row.inputs, "subject": about}))
    result = replace(on.hand, id=run_id).take(learn, "learn")
    assert isinstance(result, Done)
    return result.summary


def test_it_is_proposed_once_on_the_pull_request_where_it_was_asked_again(tmp_path: Path, github: GitHub) -> None:
    with hand_on_github(tmp_path, github, {"a.py": "x = 1\n"}) as on:
        first, second, third = (replace(BEFORE, number=number) for number in (1, 2, 3))
        assert learned(on, "261120-ccccc", first) == "nothing was asked twice"
        assert learned(on, "261120-ddddd", second) == "asked on #1, too"
        assert learned(on, "261120-eeeee", third) == "nothing was asked twice"
        said = [len(on.alice.get(f"{REPO}/issues/{number}/comments").json()) for number in (1, 2, 3)]
        assert said == [0, 1, 0]
