"""Slash commands: which are read from a comment, who may use them, and what is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot as expected

from bot.app import DEFINITIONS, make_services
from bot.commands.context import Call, CommandContext
from bot.commands.table import COMMANDS, answer_all, parse
from bot.effective import EffectiveConfig, Elsewhere, effective
from bot.local.detached import NoEngine, NoReporter
from bot.settings import Settings
from bot.view.messages import help_text
from tests.fakes.tables import make_tables
from workflows.errors import RunError, StoreError, TransientError, UserError
from workflows.runs.control import Runs
from workflows.runs.principal import Role
from workflows.services import Services
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, Run
from workflows.store.run_rows import definition_rows, runs
from workflows.values import Issue, Options, RunStatus, to_json

REPOSITORY = "github.com/octo/sample"


# --- parsing -------------------------------------------------------------------------------------


def test_a_command_has_a_name_and_whatever_stands_behind_it() -> None:
    assert parse("Please\n/fix   the  parser, not the test\n/STATUS") == [
        Call("fix", "the parser, not the test"),
        Call("status"),
    ]


@pytest.mark.parametrize("text", ["", "/", "//fix", "/usr/bin/fix", "fix", "please /fix", "/fix/it", "/1", "`/fix`"])
def test_what_only_looks_like_a_command_is_none(text: str) -> None:
    assert parse(text) == []


def test_a_command_may_end_like_a_sentence_and_be_addressed_to_us() -> None:
    assert parse("/abort!\n/fix: the parser.\n/status?") == [Call("abort"), Call("fix", "the parser."), Call("status")]
    said = "@pullwright /status\n@Pullwright, /retry verify\n@other /fix"
    assert parse(said, to="pullwright") == [Call("status"), Call("retry", "verify")]
    assert parse(said, before="/status", to="pullwright") == [Call("retry", "verify")]


def test_what_is_nothing_like_a_command_of_ours_is_none() -> None:
    assert parse("/lgtm\n/tmp\n/retest\n/fxi") == [Call("fxi")]


def test_the_same_command_counts_once_and_many_are_cut() -> None:
    assert parse("/fix\n/fix\n/fix a") == [Call("fix"), Call("fix", "a")]
    assert len(parse("\n".join(f"/fix {n}" for n in range(100)))) == 50


def test_an_edit_that_repeats_a_command_does_not_give_it_again() -> None:
    assert parse("/fix\n\nA typo mended.", before="/fix\n\nA tipo.") == []
    assert parse("/fix\n/status", before="/fix") == [Call("status")]
    assert parse("/fix again", before="/fix") == [Call("fix", "again")]
    assert parse("/fix", before="`/fix`") == [Call("fix")]


@given(st.text(st.sampled_from("/fix`~>-#<!\n\t \\ab"), max_size=100))
def test_an_edit_that_changes_nothing_gives_nothing(text: str) -> None:
    assert parse(text, before=text) == []


# --- answering -----------------------------------------------------------------------------------


@dataclass
class Corner:
    """An issue on a forge of three people, kept in memory."""

    roles: dict[str, str] = field(default_factory=lambda: {"alice": "write", "tom": "triage", "bob": "read"})
    said: list[str] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    silent: Exception | None = None
    closed: Exception | None = None
    """What is answered to a reaction."""

    async def permission(self, login: str, account: int = 0) -> str:
        return self.roles.get(login, "none")

    async def react(self, content: str, *, comment: int = 0, issue: int = 0) -> None:
        assert content == "eyes"
        if self.silent:
            raise self.silent
        self.seen.append(comment)

    async def comment(self, number: int, body: str) -> int:
        if self.closed:
            raise self.closed
        self.said.append(body)
        return len(self.said)

    async def find_comment(self, number: int, marker: str) -> object | None:
        return next((body for body in self.said if marker in body), None)

    @property
    def words(self) -> list[str]:
        """What was said, without the hidden marks."""
        return [body.partition("\n")[2] for body in self.said]


def a_run(run_id: str = "r1", comment: int = 0, number: int = 7, status: RunStatus = RunStatus.RUNNING) -> Run:
    inputs = {"forge": "github", "repository": "octo/sample", "comment": comment}
    inputs["issue"] = to_json(Issue(number, "It is broken", ""))
    return Run(run_id, "w", 1, status, REPOSITORY, "It is broken", inputs, Options(), {}, "a", 0, 0)


@dataclass
class Counter:
    """Where a test asks: a corner, a store, and runs that start as told."""

    corner: Corner
    store: Store
    services: Services
    asked: list[tuple[str, bool]] = field(default_factory=list)
    at_work: Run | None = None
    trouble: Exception | None = None
    holds: Callable[[], Awaitable[EffectiveConfig]] | None = None

    async def ask(self, text: str, login: str = "alice", comment: int = 100) -> None:
        async def start(*, workflow: str, role: Role, hint: str, approve: bool = False) -> Run:
            if self.trouble:
                raise self.trouble
            self.asked.append((hint, approve))
            return self.at_work or a_run(comment=comment)

        async def link(run: Run) -> str:
            return f"https://github.com/octo/sample/issues/7#{run.id}"

        runner = Runs(self.store, NoEngine(), DEFINITIONS, NoReporter())
        desk = CommandContext(
            self.corner, REPOSITORY, 7, comment, login, self.store, start, link, runner, self.services
        )
        desk = replace(desk, effective=self.holds)
        await answer_all(parse(text), desk)


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    store.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "Begin"),)))
    services = make_services(Settings(data=tmp_path, sandbox="unsafe_local"), store, NoReporter())
    yield Counter(Corner(), store, services)
    store.close()


async def test_fix_is_acknowledged_and_answered_by_the_run_itself(counter: Counter) -> None:
    await counter.ask("/fix mind the tests")
    assert counter.asked == [("mind the tests", False)]
    assert (counter.corner.seen, counter.corner.said) == ([100], [])


@pytest.mark.parametrize("error", [UserError("It is locked."), TransientError("We are limited.")])
async def test_what_cannot_be_acknowledged_is_done_all_the_same(counter: Counter, error: Exception) -> None:
    counter.corner.silent = error
    await counter.ask("/fix")
    assert (counter.asked, counter.corner.said) == ([("", False)], [])


@pytest.mark.parametrize("text", ["/fix", "/help\n/fix", "/fix\n/fix again"])
async def test_while_the_database_cannot_be_used_nothing_is_answered_and_the_delivery_comes_again(
    counter: Counter, text: str
) -> None:
    counter.trouble = StoreError("The database cannot be used: database or disk is full.")
    with pytest.raises(StoreError):
        await counter.ask(text)
    assert not [said for said in counter.corner.said if "Nothing was done" in said]
    counter.trouble = None
    await counter.ask(text)
    assert counter.asked[0] == ("", False)


async def test_what_stands_behind_a_command_that_cannot_be_answered_is_done_all_the_same(counter: Counter) -> None:
    counter.corner.closed = UserError("It is locked.")
    with pytest.raises(UserError, match="locked"):
        await counter.ask("/help\n/fix")
    assert counter.asked == [("", False)]


@pytest.mark.parametrize(("given", "left"), [(4, 0), (5, 1), (6, 2), (60, 46)])
async def test_what_is_more_than_a_comment_may_ask_for_is_named(counter: Counter, given: int, left: int) -> None:
    await counter.ask("\n".join(f"/fix {n}" for n in range(given)))
    assert len(counter.asked) == 4
    told = [words for words in counter.corner.words if "Not done" in words]
    assert len(told) == (1 if left else 0)
    assert all(f"`/fix {n}`" in told[0] for n in range(4, min(given, 24))) if left else True
    outsider = len(counter.corner.said)
    await counter.ask("\n".join(f"/status {n}" for n in range(6)), "bob")
    assert len([one for one in counter.corner.said[outsider:] if "Not done" in one]) == 0


async def test_plan_asks_for_approval_before_anything_is_changed(counter: Counter) -> None:
    await counter.ask("/plan")
    assert counter.asked == [("", True)]


async def test_a_second_request_is_answered_with_the_link_to_the_first(counter: Counter) -> None:
    counter.at_work = a_run("r9", comment=1)
    await counter.ask("/fix")
    assert counter.corner.words == expected(
        [
            "Run `r9` already works on this issue: [its progress](https://github.com/octo/sample/issues/7#r9). "
            "Nothing new was started."
        ]
    )


async def test_a_command_that_is_carried_out_twice_is_answered_once(counter: Counter) -> None:
    counter.at_work = a_run("r9", comment=1)
    await counter.ask("/fix")
    await counter.ask("/fix")
    assert len(counter.corner.said) == 1


async def test_an_outsider_gets_one_short_answer_ever(counter: Counter) -> None:
    for comment in range(5):
        await counter.ask("/fix", "bob", comment)
        await counter.ask("/status", "bob", comment)
    assert counter.asked == []
    assert counter.corner.seen == []
    assert counter.corner.words == expected(
        ["`/fix` takes the role *write* in this repository, so nothing was done. I will not answer this again."]
    )


async def test_who_may_triage_may_ask_but_not_start(counter: Counter) -> None:
    await counter.ask("/status\n/fix", "tom")
    assert counter.asked == []
    assert len(counter.corner.said) == 2


async def test_a_slip_is_answered_with_the_closest_command_once(counter: Counter) -> None:
    await counter.ask("/fxi it", comment=1)
    await counter.ask("/fxi it", comment=2)
    await counter.ask("/fxi it", "bob", comment=3)
    assert counter.corner.words == expected(
        ["There is no command `/fxi`. Did you mean `/fix`? `/help` lists them all."]
    )
    assert counter.asked == []


@pytest.mark.parametrize("text", ["/lgtm", "/assign @bob", "/retest", "/label bug", "/hold"])
async def test_commands_of_other_bots_are_left_to_them(counter: Counter, text: str) -> None:
    await counter.ask(text)
    assert (counter.corner.said, counter.corner.seen) == ([], [])


async def test_help_is_the_table(counter: Counter) -> None:
    await counter.ask("/help")
    assert counter.corner.words == expected(
        [
            """\
Write one of these at the start of a line of a comment:

| Command | What it does | Role it takes |
|---|---|---|
| `/fix [new] [hint] [proof=none]` | Works on this issue: goes on with its open pull request, or opens one. | write |
| `/explain QUESTION` | Answers a question about the code, or on a pull request about its head. | write |
| `/review` | Reviews this pull request, all of it, also where it was reviewed before. | write |
| `/rebase` | Merges the base into a pull request of ours and solves conflicts; nothing is rewritten. | write |
| `/release-notes [FROM..TO]` | Writes release notes of a range, a tag, or what is new. | write |
| `/triage` | Looks this report of a bug through, and tries whether it happens. | write |
| `/plan [hint] [proof=none]` | Makes a plan and waits for its approval. | write |
| `/approve` | Says yes to the plan that a run shows. | write |
| `/reject REASON` | Has the plan made again, with the reason in mind. | write |
| `/abort [REASON]` | Stops the run; what it did is kept. | write |
| `/retry [STEP] [budget=USD]` | Goes on where the run stopped, or again from a step. | write |
| `/skip [STEP]` | Goes on behind the step that failed, where the run can do without it. | write |
| `/rollback soft\\|hard\\|N [--dry-run]` | Hands the work over, or takes all or N steps back. | write, hard: maintain |
| `/pause [WHY]` | Stops all work on this repository; it is kept. | admin |
| `/unpause` | Has the work on this repository go on. | admin |
| `/status` | Says where the run stands that is meant here, and what else is at work. | triage |
| `/config [KEY]` | Shows what is configured for this repository, and where each value comes from. | triage |
| `/link CODE` | Says that the account on Telegram that was shown the code is yours. | read |
| `/unlink` | Forgets your accounts on Telegram. | read |
| `/help` | Lists the commands. | triage |

What stands in code or in a quote is not read as a command.\
"""
        ]
    )


async def test_status_tells_of_the_newest_run_of_this_issue(counter: Counter) -> None:
    for run in (a_run("r1", status=RunStatus.FAILED), a_run("r3", number=8), a_run("r2")):
        counter.store.write_now(runs.insert_run, replace(run, repository=REPOSITORY))
    await counter.ask("/status")
    (words,) = counter.corner.words
    assert words.startswith("**At work: Begin**")
    assert "issues/7#r2)" in words


async def test_status_without_a_run_says_how_to_start_one(counter: Counter) -> None:
    await counter.ask("/status")
    assert counter.corner.words == expected(["No run has worked on this issue yet. `/fix` starts one."])


async def test_config_says_what_holds_and_where_it_comes_from(counter: Counter) -> None:
    async def holds() -> EffectiveConfig:
        return effective("max_cost: 3\n", Elsewhere(Settings(data=Path("data"))))

    counter.holds = holds
    await counter.ask("/config max_cost", login="tom")
    assert counter.corner.words == expected(
        ["| Key | Value | From |\n|---|---|---|\n| `max_cost` | `3.0` | .github/pullwright.yml:1 |"]
    )


async def test_what_the_asker_can_mend_is_said_with_its_remedy(counter: Counter) -> None:
    counter.trouble = RunError("The issue is closed, says @everyone.", "Reopen it, then ask again.")
    await counter.ask("/fix")
    assert counter.corner.words == expected(
        ["**Nothing was done.** The issue is closed, says @\u200beveryone.\n\nReopen it, then ask again."]
    )


async def test_what_may_pass_is_left_to_be_repeated(counter: Counter) -> None:
    counter.trouble = TransientError("GitHub is away")
    with pytest.raises(TransientError):
        await counter.ask("/fix")
    assert counter.corner.said == []


def test_every_command_says_its_usage_beginning_with_its_name() -> None:
    assert all(command.usage.split()[0] == f"/{name}" for name, command in COMMANDS.items())


def test_the_documentation_has_the_same_table() -> None:
    rows = [line for line in help_text(COMMANDS.values()).splitlines() if line.startswith("| `/")]
    documented = (Path(__file__).parents[3] / "docs" / "github.md").read_text().splitlines()
    assert rows == [line for line in documented if line.startswith("| `/")]
