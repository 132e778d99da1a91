"""The command line as a user meets it: help at once, and one clear sentence for whatever cannot be done."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from bot.cli.grammar.other_names import OTHER_NAMES
from bot.cli.main import _quieten, app
from bot.terminal.console import guarded
from tests.fakes.finished_run import RUN, finished_run
from tests.fakes.real_repository import git, make_repository
from tests.fakes.scripted_model import Conversation, Fault, ScriptedModel, Turn
from workflows.values import RunStatus

ISSUE = "# add() subtracts\n\nIt should add.\n"


@dataclass
class Said:
    code: int
    out: str
    err: str


Cli = Callable[..., Said]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {
        "PULLWRIGHT_DATA": str(tmp_path / "data"),
        "PULLWRIGHT_MODEL": "openai/scripted",
        "PULLWRIGHT_API_KEY": "sk-scripted",
        "PULLWRIGHT_SANDBOX": "unsafe_local",
    }


@pytest.fixture
def cli(env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Cli]:
    """The command in this process: quick, for whatever ends before a run begins."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def call(*words: str | Path, **changed: str) -> Said:
        for name in [name for name in os.environ if name.startswith("PULLWRIGHT_")]:
            monkeypatch.delenv(name)
        for name, value in {**env, **changed}.items():
            monkeypatch.setenv(name, value)
        code = guarded(lambda: app([str(word) for word in words], standalone_mode=False))
        sys.stdout.flush()
        return Said(code, *capfd.readouterr())

    yield call
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    make_repository(tmp_path / "repo", {"a.py": "a = 1\n"})
    return tmp_path / "repo"


@pytest.fixture
def issue(tmp_path: Path) -> Path:
    (tmp_path / "issue-7.md").write_text(ISSUE)
    return tmp_path / "issue-7.md"


def test_help_imports_nothing_heavy() -> None:
    script = "import sys; from bot.cli.main import app; app(['--help'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert loaded.isdisjoint({"pydantic", "sqlalchemy", "dbos", "litellm", "git", "rich", "asyncio", "workflows"})
    assert "solve" in done.stdout


def test_a_wrong_call_is_bad_input_like_any_other(cli: Cli) -> None:
    assert cli("sovle").code == 1
    wrong = cli("solve", ".", "--issue", "x", "--max-cost", "nan")
    assert (wrong.code, "'nan' is not an amount" in wrong.err) == (1, True)
    wrong = cli("solve", ".", "--issue", "x", "--proof", "some")
    assert (wrong.code, "'some' is neither auto nor none" in wrong.err) == (1, True)


@pytest.mark.parametrize("word", ["runs", "show", "diff", "resume", "approve", "rollback", "abort", "retry", "skip"])
def test_each_command_has_help(cli: Cli, word: str) -> None:
    assert "Usage: " in cli(word, "--help").out


# --- bad input: one sentence, exit 1, nothing begun -------------------------------------------


def refused(said: Said, *words: str) -> None:
    assert said.code == 1, said
    assert said.err.count("\n") == 1, said.err
    assert said.err.startswith("pullwright: ")
    for word in words:
        assert word in said.err


def test_without_an_issue_it_is_said_what_the_target_is(cli: Cli, tmp_path: Path, issue: Path) -> None:
    refused(cli("solve", tmp_path), "Which issue? Give --issue FILE")
    refused(cli("solve", issue), "is a file", f"solve . --issue {issue}")
    refused(cli("solve", "octo/adder#0"), "does not exist", "OWNER/NAME#7")


def test_a_path_that_is_no_repository(cli: Cli, tmp_path: Path, issue: Path) -> None:
    (tmp_path / "plain").mkdir()
    refused(cli("solve", tmp_path / "plain", "--issue", issue), "is not a git repository")
    refused(cli("solve", tmp_path / "none", "--issue", issue), "does not exist")
    nobody_can_look = "x" * 300
    refused(cli("solve", nobody_can_look, "--issue", issue), "cannot be read: File name too long")
    refused(cli("detect", nobody_can_look), "cannot be read: File name too long")
    refused(cli("config", "check", nobody_can_look), "cannot be read: File name too long")


def test_a_dirty_a_bare_and_a_detached_repository(cli: Cli, repository: Path, issue: Path, tmp_path: Path) -> None:
    (repository / "a.py").write_text("a = 2\n")
    refused(cli("solve", repository, "--issue", issue), "not committed: a.py")
    git(repository, "checkout", "-q", "--", ".")
    git(repository, "checkout", "-q", "--detach")
    refused(cli("solve", repository, "--issue", issue), "detached HEAD")
    git(tmp_path, "init", "-q", "--bare", str(tmp_path / "bare"))
    refused(cli("solve", tmp_path / "bare", "--issue", issue), "bare repository")


def test_an_empty_a_missing_and_a_binary_issue(cli: Cli, repository: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_text("\n")
    (tmp_path / "binary.md").write_bytes(b"\0\1")
    refused(cli("solve", repository, "--issue", tmp_path / "empty.md"), "is empty")
    refused(cli("solve", repository, "--issue", tmp_path / "none.md"), "No such file")
    refused(cli("solve", repository, "--issue", tmp_path / "binary.md"), "not text")


def test_no_model_and_no_key(cli: Cli, repository: Path, issue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    refused(
        cli("solve", repository, "--issue", issue, PULLWRIGHT_MODEL=""), "No model is configured", "PULLWRIGHT_MODEL"
    )
    refused(cli("solve", repository, "--issue", issue, PULLWRIGHT_API_KEY=""), "needs a key", "OPENAI_API_KEY")


def test_an_unwritable_data_directory(cli: Cli, repository: Path, issue: Path) -> None:
    refused(cli("solve", repository, "--issue", issue, PULLWRIGHT_DATA=f"{issue}/data"), "cannot be written")
    refused(cli("runs", PULLWRIGHT_DATA=f"{issue}/data"), "cannot be written")


def test_a_damaged_database_stays_as_it_is(cli: Cli, repository: Path, issue: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("app.sqlite", "engine.sqlite"):
        damaged = tmp_path / "data" / name
        damaged.write_bytes(b"not a database " * 300)
        refused(cli("solve", repository, "--issue", issue), "not a database", "backup")
        assert damaged.read_bytes() == b"not a database " * 300
        damaged.unlink()


def test_an_unknown_run_and_an_unknown_setting(cli: Cli) -> None:
    for words in (("show", "x"), ("diff", "x"), ("resume", "x"), ("abort", "x"), ("rollback", "x", "--hard")):
        refused(cli(*words), "There is no run 'x'")
    refused(cli("runs", PULLWRIGHT_MODLE="x"), "Did you mean PULLWRIGHT_MODEL?")


def test_a_branch_that_exists(cli: Cli, repository: Path, issue: Path) -> None:
    git(repository, "branch", "fix/issue-7")
    git(repository, "branch", "feature/issue-7")
    refused(cli("solve", repository, "--issue", issue), "exists already")
    assert cli("runs").out.startswith("There are no runs yet")


def test_json_holds_the_error_too(cli: Cli, repository: Path) -> None:
    said = cli("solve", repository, "--issue", "none.md", "--json")
    refused(said, "No such file")
    data = json.loads(said.out)
    assert (data["status"], data["verdict"], "No such file" in data["error"]) == ("failed", None, True)


def test_a_rollback_that_does_not_say_which(cli: Cli) -> None:
    refused(cli("rollback", "x"), "--soft, --hard and --steps N")
    refused(cli("rollback", "x", "--soft", "--hard"), "--soft, --hard and --steps N")


def test_an_output_that_is_full_closed_or_plain_ascii(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "Ümläut").mkdir()
    (tmp_path / "Ümläut" / "pytest.ini").write_text("[pytest]\n")

    def call(line: str) -> Said:
        script = f'exec "$0" -m bot.cli.main detect "$1" {line}'
        plain = {**os.environ, **env, "PYTHONIOENCODING": "ascii"}
        words = ["bash", "-c", script, sys.executable, str(tmp_path / "Ümläut")]
        done = subprocess.run(words, env=plain, capture_output=True, text=True, check=False, timeout=60)
        return Said(done.returncode, done.stdout, done.stderr)

    refused(call(">/dev/full"), "Standard output cannot be written: No space left on device.")
    assert call("<&- >&-") == Said(0, "", "")
    (tmp_path / "Ümläut" / ".github").mkdir()
    (tmp_path / "Ümläut" / ".github" / "pullwright.yml").write_text("test: pytest -k prüfen\n")
    assert "pytest -k pr?fen" in call("").out


def test_ctrl_c_is_never_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    waiting = typer.Typer()

    @waiting.command()
    def wait() -> None:
        raise KeyboardInterrupt

    assert guarded(lambda: waiting([], standalone_mode=False)) == 130
    assert capsys.readouterr().err == "pullwright: Interrupted.\n"


def test_ctrl_c_while_the_command_line_is_imported_ends_it_quietly() -> None:
    script = """
import bot.__main__, os, signal, sys
class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "bot.cli.main":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Impatient())
bot.__main__.main()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


# --- runs that are there ----------------------------------------------------------------------


def test_a_run_is_shown_diffed_and_rolled_back(cli: Cli, tmp_path: Path) -> None:
    with finished_run(tmp_path) as done:
        assert RUN in cli("runs").out
        assert "modified adder.py" in cli("show", RUN).out
        assert "+    return a + b" in cli("diff", RUN, "--step", "implement").out
        assert "Nothing was undone" in cli("rollback", RUN, "--hard", "--dry-run").out
        assert cli("rollback", RUN, "--hard").code == 0
        assert done.refs() == f"refs/heads/main {done.base}"
        assert done.run.status is RunStatus.ROLLED_BACK


def test_a_run_is_aborted_without_an_engine(cli: Cli, tmp_path: Path) -> None:
    with finished_run(tmp_path, RunStatus.WAITING) as done:
        assert "is aborted" in cli("abort", RUN, "not now").out
        assert (done.run.status, done.run.error_text) == (RunStatus.ABORTED, "Aborted by you: not now")
        refused(cli("abort", RUN), "Nothing to abort")


def test_commands_are_detected_without_running_anything(cli: Cli, tmp_path: Path) -> None:
    repository = tmp_path / "js"
    make_repository(repository, {"package.json": '{"scripts": {"test": "node --test"}}\n'})
    assert "package.json:1" in cli("detect", repository).out
    data = json.loads(cli("detect", repository, "--json").out)
    assert data["test"][0]["command"] == "npm test"
    refused(cli("detect", repository / "package.json"), "is not a directory")


def test_what_is_configured_is_checked_with_place_and_remedy(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / ".github" / "pullwright.yml"
    file.parent.mkdir()
    secret = "postgresql+psycopg://me:s3cret@db/x"
    told = cli("config", "check", tmp_path, PULLWRIGHT_DATABASE=secret, PULLWRIGHT_API_KEY="sk-hidden").out
    assert f"{file.relative_to(tmp_path)} is not there" in told
    assert ("postgresql+psycopg://me:***@db/x" in told, "s3cret" in told, "sk-hidden" in told) == (True, False, False)
    file.write_text("test: pytest -q\nmax_cost: 1\n")
    refused(cli("config", "check", tmp_path, PULLWRIGHT_MODEL="openai/no"), "yml:2: max_cost cannot be kept: the price")
    said = cli("config", "check", tmp_path, PULLWRIGHT_PRICE="1,2")
    assert (said.code, "  test: ['pytest -q']\n  max_cost: 1.0" in said.out) == (0, True), said
    file.write_text("test: pytest -q\nmaxcost: 1\n")
    refused(cli("config", "check", tmp_path), ".github/pullwright.yml:2: There is no key 'maxcost'. Did you mean")
    file.write_text("test: pytest -q\nmodel: other/model\n")
    refused(cli("config", "check", tmp_path), ".github/pullwright.yml:2: This server does not let repositories choose")
    assert cli("config", "check", tmp_path, PULLWRIGHT_MODELS="other/model").code == 0


def test_what_the_repository_configures_is_shown_in_place_of_what_was_detected(cli: Cli, tmp_path: Path) -> None:
    repository = tmp_path / "configured"
    (repository / ".github").mkdir(parents=True)
    (repository / "pyproject.toml").write_text('[project]\nname = "x"\n[tool.pytest.ini_options]\n')
    (repository / ".github/pullwright.yml").write_text("setup: false\ntest: [pytest -x, make more]\n")
    data = json.loads(cli("detect", repository, "--json").out)
    assert data["setup"] == []
    assert [found["command"] for found in data["test"]] == ["pytest -x", "make more"]
    assert ".github/pullwright.yml:2" in cli("detect", repository).out
    (repository / ".github/pullwright.yml").write_text("tset: pytest\n")
    refused(cli("detect", repository), ".github/pullwright.yml:1")


# --- a process of its own: interrupting, aborting, waiting in line ----------------------------


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(env: dict[str, str]) -> Iterator[Start]:
    started = []

    def begin(*words: str | Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli.main", *map(str, words)],
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if word in line:
            return seen
    raise AssertionError(f"{word!r} was not said, but: {seen}")


@pytest.mark.at_length
def test_interrupted_waited_for_and_aborted(
    cli: Cli, start: Start, env: dict[str, str], repository: Path, issue: Path, tmp_path: Path
) -> None:
    hanging = Conversation("", (Turn("{}", faults=(Fault(hang=600),) * 20),))
    with ScriptedModel([hanging]) as model:
        env["PULLWRIGHT_API_BASE"] = model.url
        first = start("solve", repository, "--issue", issue)
        run = read_until(first, "run ").rpartition("run ")[2].split(":")[0]
        other = tmp_path / "other-9.md"
        other.write_text("# Something else\n")
        second = start("solve", repository, "--issue", other)
        assert f"waiting for run {run} in process {first.pid} to end" in read_until(second, "waiting for")
        second.send_signal(signal.SIGINT)
        out, _ = second.communicate(timeout=60)
        assert (second.returncode, "Interrupted before anything was started" in out) == (130, True)

        while not model.requests:
            time.sleep(0.1)
        first.send_signal(signal.SIGINT)
        out, _ = first.communicate(timeout=60)
        assert (first.returncode, f"`pullwright resume {run}` goes on" in out) == (130, True), out

        again = start("resume", run)
        read_until(again, f"run {run}")
        assert cli("abort", run).code == 0
        out, _ = again.communicate(timeout=60)
        assert (again.returncode, "Aborted by you" in out) == (1, True), out


def test_what_a_library_leaves_unfinished_at_an_interruption_is_not_told() -> None:
    async def notes() -> None: ...

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        _quieten()
        notes()  # type: ignore[unused-coroutine]
        gc.collect()
        warnings.warn("something else", RuntimeWarning, stacklevel=1)
    assert [str(one.message) for one in told] == ["something else"]


def test_what_other_programs_call_a_command_is_answered_with_ours() -> None:
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert {name for name in OTHER_NAMES.values() if name[0] != "-"} <= known
    assert not set(OTHER_NAMES) & known
    for name in ("undo", "logs", "help"):
        told = CliRunner().invoke(app, [name])
        assert told.exit_code == 2
        assert f"No such command '{name}'. Did you mean '{OTHER_NAMES[name]}'?" in told.output


def test_a_slip_in_a_command_is_answered_with_the_closest_one_and_the_version_is_told() -> None:
    slip = subprocess.run([*COMMAND, "sovle"], capture_output=True, text=True, check=False, timeout=60)
    assert slip.returncode == 1
    assert "Did you mean 'solve'?" in slip.stderr
    told = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == f"pullwright {metadata.version('pullwright')}\n"
    environ = {**os.environ, "_PULLWRIGHT_COMPLETE": "complete_bash", "COMP_WORDS": "pullwright ru", "COMP_CWORD": "1"}
    completed = subprocess.run([*COMMAND], env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert "runs" in completed.stdout.split()


COMMAND = [str(Path(sys.executable).with_name("pullwright"))]
