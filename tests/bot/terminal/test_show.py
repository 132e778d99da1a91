"""Looking at runs from the database alone."""

import fcntl
import json
import re
import shutil
from collections.abc import Iterator

import pytest
from inline_snapshot import snapshot

from bot.database import open_store
from bot.terminal.show import attempt_line, diff_of, list_runs, nothing_changed, show_run
from tests.fakes.finished_run import RUN, FinishedRun, finished_run
from workflows.errors import RunError
from workflows.store import audit
from workflows.store.audit import Asker
from workflows.store.records import StepRun
from workflows.store.run_rows import runs
from workflows.store.web.run_search import Filter
from workflows.values import RunStatus, StepStatus


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FinishedRun]:
    """One for all, since it is only looked at. Repository and workspace are gone: only the database is left."""
    with finished_run(tmp_path_factory.mktemp("show")) as run:
        shutil.rmtree(run.repository)
        shutil.rmtree(run.settings.data / "workspaces")
        shutil.rmtree(run.settings.data / "mirrors")
        bob = Asker("bob", "github", "another comment")
        for _ in range(2):
            run.store.write_now(audit.refuse, bob, "/abort", RUN, "it takes the role write")
        yield run


def test_the_list_names_each_run_with_its_state(done: FinishedRun) -> None:
    line = list_runs(done.settings, as_json=False, limit=5)
    assert line == f"{RUN}  completed   just now  add() subtracts  ({done.repository})"
    brief = json.loads(list_runs(done.settings, as_json=True, limit=5))[0]
    assert (brief["run"], brief["status"], brief["verdict"]) == (RUN, "completed", "not verified")


@pytest.mark.parametrize(
    ("which", "fits"),
    [
        (Filter(statuses=[RunStatus.COMPLETED]), True),
        (Filter(statuses=[RunStatus.FAILED]), False),
        (Filter(workflow="issue_to_pr"), True),
        (Filter(workflow="triage"), False),
        (Filter(words="ADD subtracts"), True),
        (Filter(words="#12"), False),
    ],
)
def test_the_list_is_of_what_is_asked_for(done: FinishedRun, which: Filter, fits: bool) -> None:
    line = list_runs(done.settings, as_json=False, limit=5, which=which)
    assert line.startswith(RUN) is fits
    assert fits or line == "No run fits that. `pullwright runs` lists all."
    assert len(json.loads(list_runs(done.settings, as_json=True, limit=5, which=which))) == fits


def test_a_run_is_shown_with_steps_journal_cost_and_what_can_be_done(done: FinishedRun) -> None:
    text = show_run(done.settings, "261120", as_json=False).replace(str(done.repository), "REPO")
    assert re.sub(r"\d+\.\d s|just now|\d+-\d+-\d+ \d+:\d+", "TIME", text) == snapshot("""\
run 261120-aaaaa: add() subtracts
REPO, TIME, model openai/x
Not verified: no check was run.

Steps
  completed       TIME  workspace  Open a workspace: workspace done
  completed       TIME  branch     Create the branch: branch done
  completed       TIME  implement  Implement the plan: implement done
  completed       TIME  commit     Commit the change: commit done
  completed       TIME  pull       Open the pull request: pull done
  completed       TIME  summary    Sum up: summary done

Journal
  branch     create branch fix/issue-7 (done)
  implement  modified adder.py
  implement  created new.txt
  implement  deleted old.txt
  pull       push fix/issue-7 (done)
  pull       open pull fix/issue-7 (done)

Who asked
  TIME  alice by github: start  (a comment)
  TIME  bob by github: /abort, refused: it takes the role write  (another comment)

Cost
  $0.0000 · 0 tokens in 0 model calls

Next
  pullwright diff 261120-aaaaa
  pullwright rollback 261120-aaaaa --hard\
""")


def test_programs_get_steps_and_journal_too(done: FinishedRun) -> None:
    data = json.loads(show_run(done.settings, RUN, as_json=True))
    assert [step["key"] for step in data["steps"]] == ["workspace", "branch", "implement", "commit", "pull", "summary"]
    effects = [entry["effect"] for entry in data["journal"] if "effect" in entry]
    assert effects == ["create_branch", "push", "open_pull"]
    asked, refused = data["requests"]
    assert (asked["who"], asked["source"], asked["what"], asked["refused"]) == ("alice", "github", "start", "")
    assert (refused["what"], refused["reference"]) == ("/abort", "another comment")
    assert {entry["path"]: entry["action"] for entry in data["journal"] if "path" in entry} == {
        "adder.py": "modified",
        "new.txt": "created",
        "old.txt": "deleted",
    }


def test_the_diff_is_made_from_the_journal(done: FinishedRun) -> None:
    text = diff_of(done.settings, RUN, None)
    assert "-    return a - b\n+    return a + b\n" in text
    assert text == diff_of(done.settings, RUN, "implement")
    assert diff_of(done.settings, RUN, "branch") == ""


def test_an_unknown_run_or_step_is_said(done: FinishedRun) -> None:
    with pytest.raises(RunError, match="There is no run 'x'"):
        show_run(done.settings, "x", as_json=False)
    with pytest.raises(RunError, match=r"no step 'none'.*implement"):
        diff_of(done.settings, RUN, "none")


def test_a_run_that_nobody_works_on_any_more_is_not_said_to_run(done: FinishedRun) -> None:
    store = open_store(done.settings)
    store.write_now(lambda db: runs.update_run(db, RUN, status=RunStatus.RUNNING))
    try:
        assert "  interrupted  " in list_runs(done.settings, as_json=False, limit=5)
        assert json.loads(list_runs(done.settings, as_json=True, limit=5))[0]["interrupted"] is True
        assert f"pullwright resume {RUN}" in show_run(done.settings, RUN, as_json=False)
        with done.settings.lock_file.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            assert "  running  " in list_runs(done.settings, as_json=False, limit=5)
            assert "under way" in show_run(done.settings, RUN, as_json=False)
    finally:
        store.write_now(lambda db: runs.update_run(db, RUN, status=RunStatus.COMPLETED))
        store.close()


def test_an_empty_diff_says_why_it_is(done: FinishedRun) -> None:
    assert nothing_changed(done.settings, RUN, "parse") == f"Step parse of run {RUN} has changed no file."
    store = open_store(done.settings)
    store.write_now(lambda db: runs.update_run(db, RUN, status=RunStatus.ROLLED_BACK))
    store.close()
    assert "was rolled back, so nothing of it is left" in nothing_changed(done.settings, RUN, None)


def test_a_step_that_nobody_needed_is_not_waited_for_and_columns_stay() -> None:
    taken = StepRun("1", 0, 0, 1, "approval", StepStatus.SKIPPED, started_at=1.0, ended_at=1.0)
    long = StepRun("1", 0, 1, 1, "reproduce", StepStatus.COMPLETED, "none", started_at=1.0, ended_at=632.0)
    lines = [attempt_line(taken, "Wait for approval"), attempt_line(long, "Write a failing test")]
    assert lines[0].endswith("Wait for approval (not needed)")
    assert {line.index(word) for line, word in zip(lines, ("approval", "reproduce"), strict=True)} == {23}
