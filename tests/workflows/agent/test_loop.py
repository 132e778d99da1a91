"""The agent at work: real files, real commands, and a scripted model on the wire."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.fakes.scripted_model import Call, Fault, Turn, call
from tests.workflows.agent.workbench import TASK, Workbench
from workflows.agent.endings import AsksPerson, Finished, GaveUp, OutOfBudget, Stuck
from workflows.agent.loop import AgentKit, PersonAnswer, TreeAfter, run
from workflows.agent.transcript import MemoryTranscript, Row, RowKind, last_mark, nothing_more
from workflows.errors import ModelBusy
from workflows.model.adapter import LiteModel
from workflows.model.spending.wrapped import WrappedModel
from workflows.ports import Reply
from workflows.values import Bounds, RequirementState, Spent

WIDE = Bounds(usd=None, turns=None, minutes=None)
DONE = Turn("Done.", (call("finish", summary="Fixed.", requirements=[{"text": "works", "met": True}]),))
LOOK = Turn(calls=(call("shell", command="ls"),))


def texts(rows: list[Row], kind: RowKind) -> list[str]:
    return [row.message.content for row in rows if row.kind is kind]


def rested(desk: AgentKit) -> AgentKit:
    """The desk after the time for which a busy model is left alone: the same server, asked afresh."""
    server = desk.model.server  # type: ignore[attr-defined]
    return replace(desk, model=LiteModel(desk.model.name, api_base=server.url, api_key="sk-test-key-123456"))


async def test_it_edits_files_runs_commands_and_finishes(bench: Workbench) -> None:
    bench.write(a_py="print(1 + 1)\n")
    transcript = MemoryTranscript()
    desk = bench.desk(
        Turn("I look.", (call("read", path="a.py"),)),
        Turn(calls=(call("edit", path="a.py", old="1 + 1", new="2 + 3"), call("shell", command="python3 a.py"))),
        DONE,
        transcript=transcript,
        price=(1.0, 2.0),
    )
    ended = await run(TASK, desk, bounds=WIDE)
    assert isinstance(ended, Finished)
    assert ended.summary == "Fixed."
    assert ended.requirements[0].state is RequirementState.MET
    assert (bench.tree / "a.py").read_text() == "print(2 + 3)\n"
    assert texts(transcript.rows, RowKind.RESULT)[2] == "5"
    assert bench.records == [(2, "edit"), (2, "shell")]
    assert last_mark(transcript.rows) == bench.digest()
    replies = [row for row in transcript.rows if row.usage is not None]
    assert ended.spent.turns == 3 == len(replies) == bench.replies
    assert ended.spent.usd == pytest.approx(sum(row.usage.usd or 0 for row in replies if row.usage))
    assert {row.model for row in replies} == {"openai/scripted"}


async def test_a_refused_tree_is_told_to_the_model_with_the_tools_result(bench: Workbench) -> None:
    bench.note = "x is a device, which is never let in. Remove it."
    transcript = MemoryTranscript()
    await run(TASK, bench.desk(LOOK, DONE, transcript=transcript), bounds=WIDE)
    assert texts(transcript.rows, RowKind.RESULT)[0].endswith(bench.note)


async def test_calls_after_finish_are_not_run_and_every_call_has_its_answer(bench: Workbench) -> None:
    late = call("write", path="late.py", content="x")
    transcript = MemoryTranscript()
    ended = await run(TASK, bench.desk(replace(DONE, calls=(*DONE.calls, late)), transcript=transcript), bounds=WIDE)
    assert isinstance(ended, Finished)
    assert not (bench.tree / "late.py").exists()
    assert texts(transcript.rows, RowKind.RESULT) == ["Noted.", "Not run: the task has ended."]


async def test_a_call_that_the_token_limit_cut_is_not_run_and_those_before_it_are(bench: Workbench) -> None:
    cut = Turn(
        calls=(
            call("write", path="whole.py", content="x = 1\n"),
            call("write", path="half.py", content="def f():\n    re"),
        ),
        finish="length",
    )
    transcript = MemoryTranscript()
    await run(TASK, bench.desk(cut, DONE, transcript=transcript), bounds=WIDE)
    assert (bench.tree / "whole.py").exists()
    assert not (bench.tree / "half.py").exists()
    assert "cut off at its token limit in the middle of this call" in texts(transcript.rows, RowKind.RESULT)[1]


@pytest.mark.parametrize("name", ["finish", "give_up", "shell", "ask"])
async def test_no_kind_of_call_that_was_cut_is_run(bench: Workbench, name: str) -> None:
    more = {"finish": "summary", "give_up": "reason", "shell": "command", "ask": "question"}[name]
    ended = await run(
        TASK, bench.desk(Turn(calls=(call(name, **{more: "touch x"}),), finish="length"), DONE), bounds=WIDE
    )
    assert isinstance(ended, Finished)
    assert ended.summary == "Fixed."
    assert not (bench.tree / "x").exists()


async def test_a_call_in_words_is_carried_out_where_no_other_came(bench: Workbench) -> None:
    look = Turn('I look.\n```json\n{"name": "shell", "arguments": {"command": "touch seen"}}\n```\nIt printed: nothing')
    end = Turn('<tool_call>\n{"name": "finish", "arguments": {"summary": "Fixed."}}\n</tool_call>')
    transcript = MemoryTranscript()
    ended = await run(TASK, bench.desk(look, end, transcript=transcript), bounds=WIDE)
    assert isinstance(ended, Finished)
    assert (bench.tree / "seen").exists()
    replies = [row.message for row in transcript.rows if row.kind is RowKind.REPLY]
    assert [(reply.content, reply.tool_calls[0].name) for reply in replies] == [("I look.", "shell"), ("", "finish")]


async def test_at_most_sixteen_calls_of_one_answer_are_run(bench: Workbench) -> None:
    many = Turn(calls=tuple(call("shell", command=f"echo {n} >> log") for n in range(20)))
    await run(TASK, bench.desk(many, DONE), bounds=WIDE)
    assert (bench.tree / "log").read_text().split() == [str(n) for n in range(16)]


@pytest.mark.parametrize(
    ("bad", "answer"),
    [
        (Call("shell", "{oops"), "are not JSON"),
        (Call("shel", {"command": "ls"}), "Did you mean 'shell'?"),
        (Call("read", {"pth": "a.py"}), "'path' is missing; there is no argument 'pth' Did you mean 'path'?"),
        (Call("read", {"path": "../../etc/passwd"}), "climbs"),
        (Call("finish", {}), "'summary' is missing"),
    ],
)
async def test_a_malformed_call_is_answered_with_what_was_wrong(bench: Workbench, bad: Call, answer: str) -> None:
    transcript = MemoryTranscript()
    ended = await run(TASK, bench.desk(Turn(calls=(bad,)), DONE, transcript=transcript), bounds=WIDE)
    assert isinstance(ended, Finished)
    assert answer in texts(transcript.rows, RowKind.RESULT)[0]
    assert transcript.rows[3].failed


async def test_calls_whose_ids_are_missing_or_used_twice_are_told_apart(bench: Workbench) -> None:
    same = Turn(
        calls=tuple(Call("shell", {"command": f"echo {n} >> log"}, name) for n, name in enumerate(["", "a", "a"]))
    )
    transcript = MemoryTranscript()
    await run(TASK, bench.desk(same, same, DONE, transcript=transcript), bounds=WIDE)
    assert (bench.tree / "log").read_text().split() == ["0", "1", "2"] * 2
    ids = [item.id for row in transcript.rows for item in row.message.tool_calls]
    assert len(set(ids)) == len(ids) == 7
    assert [row.message.tool_call_id for row in transcript.rows if row.kind is RowKind.RESULT] == ids


async def test_calls_that_an_earlier_task_left_open_are_closed_before_the_next(bench: Workbench) -> None:
    transcript = MemoryTranscript()
    desk = bench.desk(Turn(calls=(call("ask", question="Red?"), *LOOK.calls)), DONE, transcript=transcript)
    assert isinstance(await run(TASK, desk, bounds=WIDE), AsksPerson)
    assert isinstance(await run(replace(TASK, key="next", prompt="Never mind."), desk, bounds=WIDE), Finished)
    assert texts(transcript.rows, RowKind.RESULT)[:2] == ["Not run: the task ended here."] * 2
    assert transcript.rows[5].kind is RowKind.TASK


async def test_giving_up_is_an_ending_with_a_reason(bench: Workbench) -> None:
    ended = await run(TASK, bench.desk(Turn(calls=(call("give_up", reason="No such code."),))), bounds=WIDE)
    assert isinstance(ended, GaveUp)
    assert ended.reason == "No such code."


async def test_a_question_ends_the_run_and_its_answer_comes_back_as_the_tools_result(bench: Workbench) -> None:
    transcript = MemoryTranscript()
    ask = Turn(calls=(call("ask", question="Red or blue?"),))
    again = Turn(calls=(call("ask", question="How red?"),))
    desk = bench.desk(ask, again, DONE, transcript=transcript)
    first = await run(TASK, desk, bounds=WIDE)
    assert isinstance(first, AsksPerson)
    assert first.question == "Red or blue?"
    assert await run(TASK, desk, bounds=WIDE, spent=first.spent) == replace(first, spent=ANY_SPENT)
    answer = PersonAnswer("Red or blue?", "Red.")
    second = await run(TASK, desk, bounds=WIDE, answer=answer)
    assert isinstance(second, AsksPerson)
    assert second.question == "How red?"
    third = await run(TASK, desk, bounds=WIDE, answer=answer)
    assert isinstance(third, AsksPerson), "an old answer does not count for a new question"
    assert isinstance(await run(TASK, desk, bounds=WIDE, answer=PersonAnswer("How red?", "Very.")), Finished)
    assert texts(transcript.rows, RowKind.RESULT)[:2] == ["The answer: Red.", "The answer: Very."]


class _AnySpent(Spent):
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spent)

    __hash__ = Spent.__hash__


ANY_SPENT = _AnySpent()


async def test_answers_without_a_call_are_reminded_three_times_and_then_count_as_stuck(bench: Workbench) -> None:
    transcript = MemoryTranscript()
    turns = (Turn("I think."), Turn(), Turn("Cut", finish="length"), Turn("Hm."))
    ended = await run(TASK, bench.desk(*turns, transcript=transcript), bounds=WIDE)
    assert isinstance(ended, Stuck)
    reminders = texts(transcript.rows, RowKind.REMINDER)
    assert ["no tool" in reminders[0], "empty" in reminders[1], "cut off" in reminders[2]] == [True] * 3
    assert len(reminders) == 3


async def test_a_call_that_was_cut_off_is_told_to_be_smaller(bench: Workbench) -> None:
    transcript = MemoryTranscript()
    cut = Turn(calls=(Call("write", '{"path": "a.py", "content": "x = '),), finish="length")
    await run(TASK, bench.desk(cut, DONE, transcript=transcript), bounds=WIDE)
    assert "smaller pieces" in texts(transcript.rows, RowKind.RESULT)[0]
    assert not (bench.tree / "a.py").exists()


async def test_going_in_circles_is_nudged_once_and_then_ends(bench: Workbench) -> None:
    transcript = MemoryTranscript()
    ended = await run(TASK, bench.desk(*[LOOK] * 20, transcript=transcript), bounds=WIDE)
    assert isinstance(ended, Stuck)
    assert "4 times" in ended.reason
    assert ended.spent.turns == 8
    assert len(texts(transcript.rows, RowKind.NUDGE)) == 1


async def test_a_new_task_goes_on_in_the_same_conversation(bench: Workbench) -> None:
    transcript = MemoryTranscript()
    desk = bench.desk(LOOK, DONE, LOOK, DONE, transcript=transcript)
    await run(TASK, desk, bounds=WIDE)
    ended = await run(replace(TASK, key="fix-1", prompt="A check failed."), desk, bounds=WIDE)
    assert isinstance(ended, Finished)
    assert texts(transcript.rows, RowKind.TASK) == ["Make it work.", "A check failed."]
    assert len(transcript.rows) == 1 + 2 * (1 + 4)


async def test_a_task_that_ended_ends_the_same_way_again_without_a_call(bench: Workbench) -> None:
    transcript = MemoryTranscript()
    desk = bench.desk(DONE, transcript=transcript)
    first = await run(TASK, desk, bounds=WIDE)
    second = await run(TASK, desk, bounds=WIDE)
    assert isinstance(second, Finished)
    assert isinstance(first, Finished)
    assert second.summary == first.summary
    assert bench.replies == 1


# --- budget --------------------------------------------------------------------------------


async def test_turns_end_with_one_last_turn_that_keeps_the_partial_work(bench: Workbench) -> None:
    transcript = MemoryTranscript()
    work = [Turn(calls=(call("write", path=f"{n}.py", content="x"),)) for n in range(4)]
    partial = call("finish", summary="Half of it.", requirements=[{"text": "works", "met": False}])
    last = Turn(calls=(call("write", path="last.py", content="x"), partial))
    ended = await run(TASK, bench.desk(*work, last, transcript=transcript), bounds=replace(WIDE, turns=5))
    assert isinstance(ended, OutOfBudget)
    assert (ended.which, ended.summary, ended.spent.turns) == ("turns", "Half of it.", 5)
    assert ended.requirements[0].state is RequirementState.UNMET
    assert len(list(bench.tree.iterdir())) == 5
    assert transcript.rows[-4].kind is RowKind.WRAP_UP
    assert last_mark(transcript.rows) == bench.digest()


async def test_work_that_is_complete_in_the_last_turn_counts_as_finished(bench: Workbench) -> None:
    ended = await run(TASK, bench.desk(LOOK, DONE), bounds=replace(WIDE, turns=2))
    assert isinstance(ended, Finished)


async def test_a_last_turn_without_finish_ends_with_the_last_words(bench: Workbench) -> None:
    ended = await run(TASK, bench.desk(LOOK, Turn("Half done.", LOOK.calls)), bounds=replace(WIDE, turns=2))
    assert isinstance(ended, OutOfBudget)
    assert ended.summary == "Half done."


async def test_there_is_only_one_last_turn_however_cheap_it_was(bench: Workbench) -> None:
    transcript = MemoryTranscript()
    desk = bench.desk(Turn(faults=(Fault(status=529),)), LOOK, transcript=transcript, attempts=1)
    spent, bounds = Spent(tokens=91_000), replace(WIDE, tokens=100_000)
    with pytest.raises(ModelBusy):
        await run(TASK, desk, bounds=bounds, spent=spent)
    ended = await run(TASK, rested(desk), bounds=bounds, spent=spent)
    assert isinstance(ended, OutOfBudget)
    assert len(texts(transcript.rows, RowKind.WRAP_UP)) == 1
    assert bench.replies == 1


async def test_dollars_are_never_exceeded_even_by_a_model_that_fills_its_answers(bench: Workbench) -> None:
    """Every answer is billed with its full max_tokens, the worst that a provider can do."""
    filler = "x" * 2000
    turns = [Turn(calls=(call("shell", command=f"echo {n} {filler}"),), completion_tokens=8192) for n in range(40)]
    ended = await run(TASK, bench.desk(*turns, price=(3.0, 15.0)), bounds=replace(WIDE, usd=1.0))
    assert isinstance(ended, OutOfBudget)
    assert ended.which == "dollars"
    assert 0.6 < ended.spent.usd <= 1.0


async def test_the_answer_is_asked_to_be_shorter_before_the_money_is_gone(bench: Workbench) -> None:
    desk = bench.desk(LOOK, LOOK, LOOK, DONE, price=(0.0, 100.0))
    await run(TASK, desk, bounds=replace(WIDE, usd=0.7))
    limits = [request.body["max_tokens"] for request in desk.model.server.requests]  # type: ignore[attr-defined]
    assert limits[0] == 6299 or limits[0] == 6300
    assert limits == sorted(limits, reverse=True)


async def test_no_money_at_all_means_no_call(bench: Workbench) -> None:
    spent = Spent(usd=2.0, turns=7)
    ended = await run(TASK, bench.desk(price=(3.0, 15.0)), bounds=replace(WIDE, usd=2.0), spent=spent)
    assert isinstance(ended, OutOfBudget)
    assert ended.spent.turns == 7
    assert bench.replies == 0


async def test_tokens_are_a_bound(bench: Workbench) -> None:
    ended = await run(TASK, bench.desk(*[LOOK] * 3, DONE), bounds=replace(WIDE, tokens=2000))
    assert isinstance(ended, OutOfBudget)
    assert ended.which == "tokens"
    assert ended.spent.tokens <= 2000


async def test_an_unpriced_model_is_bound_by_the_other_bounds(bench: Workbench) -> None:
    ended = await run(TASK, bench.desk(LOOK, DONE), bounds=Bounds(usd=0.01))
    assert isinstance(ended, Finished)
    assert ended.spent.unpriced == 2


async def test_minutes_end_a_call_that_hangs(bench: Workbench) -> None:
    hanging = Turn(faults=(Fault(hang=30), Fault(hang=30)))
    ended = await run(TASK, bench.desk(LOOK, hanging), bounds=replace(WIDE, minutes=0.05))
    assert isinstance(ended, OutOfBudget)
    assert ended.which == "minutes"
    assert ended.spent.seconds < 20


async def test_a_command_gets_no_more_time_than_the_run_has_left(bench: Workbench) -> None:
    transcript = MemoryTranscript()
    desk = bench.desk(Turn(calls=(call("shell", command="sleep 60"),)), DONE, transcript=transcript)
    ended = await run(TASK, desk, bounds=replace(WIDE, minutes=0.05))
    assert isinstance(ended, OutOfBudget)
    assert "took too long" in texts(transcript.rows, RowKind.RESULT)[0]


async def test_a_bigger_budget_goes_on_behind_the_last_turn(bench: Workbench) -> None:
    transcript = MemoryTranscript()
    desk = bench.desk(LOOK, LOOK, DONE, transcript=transcript)
    ended = await run(TASK, desk, bounds=replace(WIDE, turns=2))
    assert isinstance(ended, OutOfBudget)
    assert isinstance(await run(TASK, desk, bounds=replace(WIDE, turns=20), spent=ended.spent), Finished)


async def test_a_prompt_that_is_too_long_is_condensed_and_sent_again(bench: Workbench) -> None:
    big = Turn(calls=(call("shell", command="seq 1 2000"),))
    refused = replace(DONE, faults=(Fault(status=400, message="maximum context length is 8192 tokens"),))
    desk = bench.desk(big, LOOK, LOOK, refused)
    assert isinstance(await run(TASK, desk, bounds=WIDE), Finished)
    before, after = desk.model.server.requests[-2:]  # type: ignore[attr-defined]
    assert len(str(after.body)) < len(str(before.body)) / 2
    assert "[Condensed: shell" in str(after.body)


async def test_a_prompt_that_cannot_be_condensed_ends_the_run(bench: Workbench) -> None:
    refused = Turn(faults=(Fault(status=400, message="maximum context length is 8192 tokens"),) * 3)
    ended = await run(TASK, bench.desk(refused), bounds=WIDE)
    assert isinstance(ended, OutOfBudget)
    assert ended.which == "context"


# --- crashes -------------------------------------------------------------------------------


class Killed(BaseException):
    """Stands for the power going out."""


class Mortal(MemoryTranscript):
    """Dies with row number `at` and all behind it unwritten: before anything happens beside its writing, or `late`.

    Late is where the loop waits for the row to be written: what stands beside it has happened, but nobody will know.
    """

    def __init__(self, at: int, *, late: bool) -> None:
        super().__init__()
        self.at = at
        self.late = late
        self.owed = False

    def note(self, row: Row, then: Callable[[], Awaitable[None]] = nothing_more) -> None:
        self.owed = self.owed or row.seq >= self.at
        if not self.owed:
            super().note(row, then)
        elif not self.late:
            raise Killed

    async def settled(self) -> None:
        if self.owed:
            raise Killed
        await super().settled()


STORY = (
    Turn("Look.", (call("read", path="a.py"), call("shell", command="echo one >> log; cat log"))),
    Turn(calls=(call("edit", path="a.py", old="1", new="2"), call("shell", command="echo two >> log; cat log"))),
    Turn("Thinking."),
    Turn(calls=(call("edit", path="a.py", old="nope", new="3"),)),
    Turn(calls=(call("shell", command="echo three >> log; cat log a.py"), call("write", path="b.py", content="b\n"))),
    *[LOOK] * 4,
    DONE,
)


@pytest.mark.parametrize("late", [False, pytest.param(True, marks=pytest.mark.at_length)])
async def test_killed_at_any_row_and_resumed_it_ends_exactly_as_if_it_had_not_been(
    bench: Workbench, late: bool
) -> None:
    bench.write(a_py="x = 1\n")
    start = (await bench.record(0, "")).mark
    whole = MemoryTranscript()
    desk = bench.desk(*STORY, transcript=whole)
    assert isinstance(await run(TASK, desk, bounds=WIDE), Finished)
    end = bench.digest()
    for at in range(len(whole.rows)):
        bench.restore(start)
        mortal = Mortal(at, late=late)
        with pytest.raises(Killed):
            await run(TASK, replace(desk, transcript=mortal), bounds=WIDE)
        resumed = MemoryTranscript(mortal.rows)
        bench.restore(last_mark(resumed.rows) or start)
        assert isinstance(await run(TASK, replace(desk, transcript=resumed), bounds=WIDE), Finished)
        assert bench.digest() == end, f"killed at row {at}"
        assert [plain(row) for row in resumed.rows] == [plain(row) for row in whole.rows], f"killed at row {at}"


def plain(row: Row) -> Row:
    return replace(row, usage=None)


class Lazy(MemoryTranscript):
    """Writes what was noted only when it is waited for: as late as any disk can be."""

    def __init__(self) -> None:
        super().__init__()
        self.owed: list[Row] = []

    def note(self, row: Row, then: Callable[[], Awaitable[None]] = nothing_more) -> None:
        super().note(row, then)
        self.owed.append(row)

    async def settled(self) -> None:
        self.owed.clear()
        await super().settled()

    async def close(self) -> None:
        await self.settled()


@dataclass(frozen=True, slots=True)
class Asked(WrappedModel):
    """A model that notes what was not written yet when it was asked."""

    transcript: Lazy
    seen: list[RowKind]

    async def complete(self, *words: Any, **options: Any) -> Reply:
        self.seen.extend(row.kind for row in self.transcript.owed)
        return await self.model.complete(*words, **options)


async def test_what_was_said_is_written_before_what_it_did_is_recorded_and_before_the_next_turn_but_one(
    bench: Workbench,
) -> None:
    bench.write(a_py="x = 1\n")
    lazy, owed, seen = Lazy(), list[Row](), list[RowKind]()

    async def record(turn: int, tool: str) -> TreeAfter:
        owed.extend(lazy.owed)
        return await bench.record(turn, tool)

    cut = replace(LOOK, finish="length")
    desk = bench.desk(*STORY[:-1], Turn("Hm."), cut, Turn("Hm."), Turn("Hm."), DONE, transcript=lazy)
    desk = replace(desk, record=record, model=Asked(desk.model, lazy, seen))
    assert isinstance(await run(TASK, desk, bounds=WIDE), Finished)
    assert not owed
    assert RowKind.RESULT in seen
    assert RowKind.REPLY not in seen
    assert not lazy.owed


async def test_what_was_said_is_written_where_the_model_fails(bench: Workbench) -> None:
    lazy = Lazy()
    desk = bench.desk(LOOK, replace(DONE, faults=(Fault(status=529),) * 2), transcript=lazy, attempts=2)
    with pytest.raises(ModelBusy):
        await run(TASK, desk, bounds=WIDE)
    assert [row.kind for row in lazy.rows][-1] is RowKind.RESULT
    assert not lazy.owed


async def test_a_busy_model_leaves_the_transcript_ready_to_go_on(bench: Workbench) -> None:
    transcript = MemoryTranscript()
    busy = replace(DONE, faults=(Fault(status=529),) * 2)
    desk = bench.desk(LOOK, busy, transcript=transcript, attempts=2)
    with pytest.raises(ModelBusy):
        await run(TASK, desk, bounds=WIDE)
    assert isinstance(await run(TASK, rested(desk), bounds=WIDE), Finished)
    assert len(transcript.rows) == 6


async def test_the_prefix_that_was_sent_stays_the_same_from_turn_to_turn(bench: Workbench) -> None:
    desk = bench.desk(*STORY)
    await run(TASK, desk, bounds=WIDE)
    sent = [request.messages for request in desk.model.server.requests]  # type: ignore[attr-defined]
    for earlier, later in itertools.pairwise(sent):
        assert later[: len(earlier)] == earlier
