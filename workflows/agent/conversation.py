"""A conversation as it stands: everything the loop has to know, folded from the transcript's rows.

Loaded and new rows pass through the same door (`_take`), so an agent that was killed stands
where it stood.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from workflows.agent.context import Context
from workflows.agent.prompts import render
from workflows.agent.stuck import Watch
from workflows.agent.tools.calls import Finish, GiveUp, ending_of
from workflows.agent.transcript import Row, RowKind, Transcript, nothing_more
from workflows.model.wire import SIGNATURE
from workflows.ports import Message, Reply, ToolCall

REMINDERS = 3
"""Answers in a row without a tool call before the model counts as stuck."""


@dataclass(frozen=True, slots=True)
class Task:
    """What the agent is asked to do.

    `key` names one attempt at it: a conversation that has seen this key goes on with it (and,
    where the task has ended, ends the same way again); a new key appends `prompt` as the next
    task of the same conversation. `system` counts for the first task only.
    """

    key: str
    system: str
    prompt: str


class Conversation:
    """The state that follows from the rows. `say` appends a row; nothing else changes the state."""

    def __init__(self, transcript: Transcript, task: Task, window: int) -> None:
        self.task = task
        self.context = Context(window)
        self.turn = 0
        """How many replies there are: the number of the turn that is under way."""
        self.mark = ""
        self.pending: dict[str, ToolCall] = {}
        """Calls of the last reply that have no result yet, in order."""
        self.answered = 0
        """How many calls of the last reply have their result."""
        self.ending: Finish | GiveUp | None = None
        self.wrapping_up = False
        """The last reply is the answer to being told that it is the last one."""
        self.cut_off = False
        """The last reply hit its token limit."""
        self._transcript = transcript
        self._watch = Watch()
        self._silent = 0
        self._words = ""
        self._ids: set[str] = set()
        self._last: Row | None = None
        self._seq = 0

    @classmethod
    async def open(cls, transcript: Transcript, task: Task, window: int) -> Conversation:
        """Load a conversation, and give it the task if it does not have it yet."""
        rows = await transcript.load()
        talk = cls(transcript, task, window)
        for row in rows:
            talk._take(row)
        if not rows:
            talk.say(RowKind.SYSTEM, Message("system", task.system))
        if not any(row.kind is RowKind.TASK and row.task == task.key for row in rows):
            talk._close()
            talk.say(RowKind.TASK, Message("user", task.prompt))
        return talk

    @property
    def stuck(self) -> str:
        """Why the model counts as stuck; empty while it does not."""
        if self._watch.stuck:
            return self._watch.trouble
        return f"it answered {self._silent} times without calling a tool" if self._silent > REMINDERS else ""

    @property
    def remark(self) -> tuple[RowKind, Message] | None:
        """What the model has to be told before its next turn."""
        if self._watch.trouble:
            return RowKind.NUDGE, Message("user", render("nudge", trouble=self._watch.trouble))
        if self._silent and self._last is not None and self._last.kind is RowKind.REPLY:
            text = render("reminder", cut_off=self.cut_off, empty=not self._last.message.content.strip())
            return RowKind.REMINDER, Message("user", text)
        return None

    @property
    def is_cut(self) -> bool:
        """Whether the next pending call is what the answer's token limit ended: not what the model meant to send."""
        return self.cut_off and len(self.pending) == 1

    @property
    def awaits_last_turn(self) -> bool:
        """Whether the last thing the model heard is that it has one turn left."""
        return self._last is not None and self._last.kind is RowKind.WRAP_UP

    @property
    def last_words(self) -> str:
        """What the model said in its last turn, if it was told that it was the last."""
        return self._words if self.wrapping_up else ""

    def say(self, kind: RowKind, message: Message, *, mark: str = "", failed: bool = False) -> None:
        """Append a message to the transcript."""
        self._append(Row(self._seq, kind, message, self.task.key, mark or self.mark, failed=failed))

    def heard(self, reply: Reply, then: Callable[[], Awaitable[None]] = nothing_more) -> None:
        """Append the model's reply; its calls become pending. `then` is done when it is written."""
        message = replace(reply.message, tool_calls=self._distinct(reply.message.tool_calls))
        row = Row(
            self._seq, RowKind.REPLY, message, self.task.key, self.mark, reply.usage, reply.finish, model=reply.model
        )
        self._append(row, then)

    def _append(self, row: Row, then: Callable[[], Awaitable[None]] = nothing_more) -> None:
        self._transcript.note(row, then)
        self._take(row)

    def _close(self) -> None:
        """Answer calls that an earlier task left open; every call needs a result before the next message."""
        for call in list(self.pending.values()):
            self.say(RowKind.RESULT, Message("tool", "Not run: the task ended here.", tool_call_id=call.id))

    def _take(self, row: Row) -> None:
        _FOLDS[row.kind](self, row)
        self.context.add(row.message, row.usage)
        self.mark = row.mark or self.mark
        self._last = row
        self._seq = row.seq + 1

    def _take_task(self, row: Row) -> None:
        self._watch = Watch()
        self._silent = 0
        self.ending = None
        self.wrapping_up = False

    def _take_reply(self, row: Row) -> None:
        self.turn += 1
        self.wrapping_up = self.awaits_last_turn
        self.cut_off = row.finish == "length"
        self.pending = {call.id: call for call in row.message.tool_calls}
        self.answered = 0
        self._words = row.message.content
        self._ids.update(self.pending)
        self._silent = 0 if self.pending else self._silent + 1

    def _take_result(self, row: Row) -> None:
        call = self.pending.pop(row.message.tool_call_id, None)
        if call is None:
            return
        self.answered += 1
        self._watch.see(f"{call.name} {call.arguments}", row.message.content, failed=row.failed)
        if self.ending is None and not row.failed:
            self.ending = ending_of(call)

    def _take_nudge(self, row: Row) -> None:
        self._watch.nudged()

    def _take_nothing(self, row: Row) -> None:
        pass

    def _distinct(self, calls: tuple[ToolCall, ...]) -> tuple[ToolCall, ...]:
        """The calls with ids that are present and unique in the conversation, which not every server sees to."""
        seen = set(self._ids)
        result = []
        for number, call in enumerate(calls):
            own, mark, signature = call.id.partition(SIGNATURE)  # which its provider wants back as it is
            name, again = call.id, 0
            while not own or name in seen:  # a model may have called one as we would
                own = f"turn{self.turn + 1}_{number}" + f"_{again}" * bool(again)
                name, again = f"{own}{mark}{signature}", again + 1
            seen.add(name)
            result.append(replace(call, id=name))
        return tuple(result)


_FOLDS: Mapping[RowKind, Callable[[Conversation, Row], None]] = {
    RowKind.SYSTEM: Conversation._take_nothing,
    RowKind.TASK: Conversation._take_task,
    RowKind.REPLY: Conversation._take_reply,
    RowKind.RESULT: Conversation._take_result,
    RowKind.REMINDER: Conversation._take_nothing,
    RowKind.NUDGE: Conversation._take_nudge,
    RowKind.WRAP_UP: Conversation._take_nothing,
}
