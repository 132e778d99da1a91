"""From a press of a button to what is done: by the run as it was shown, by who may, and once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass

from bot.telegram.said import acts
from bot.telegram.said.answering import AnswerOnce
from bot.telegram.said.desk import ChatDesk
from bot.telegram.shown.cards import MESSAGE
from bot.telegram.shown.channel import known, target_of
from bot.telegram.shown.keyboard import Press, bound, key_of
from bot.telegram.wire.html import words
from bot.telegram.wire.incoming import ButtonPress
from workflows.errors import RunError, TransientError, UserError
from workflows.runs.approval import Seen
from workflows.runs.principal import Principal
from workflows.store import posts
from workflows.store.records import Run
from workflows.store.run_rows import runs as stored
from workflows.store.telegram import buttons, chats, people
from workflows.store.telegram.buttons import ChatButton
from workflows.store.telegram.chats import ChatPlace
from workflows.store.telegram.people import LinkedAccount
from workflows.store.telegram.updates import Answer, AnswerKind

WHY = "what should be different? Reply to this."
_TWICE = "This stood here twice: see the other message of the run."
_AT_ONCE_SECONDS = 4.0
"""For so long a press waits for its answer; Telegram forgets it a while later."""


@dataclass(frozen=True, slots=True)
class Pressing:
    """Handles presses. All of it can be done once more after a crash."""

    desk: ChatDesk

    async def handle(self, press: ButtonPress) -> None:
        """Do what it says, and answer. TransientError where that cannot be done now."""
        work = asyncio.create_task(self._outcome(press))
        try:
            async with asyncio.timeout(_AT_ONCE_SECONDS):
                text = await asyncio.shield(work)
        except TimeoutError:
            await self._answer(press, "On it…")
            text = await work
            await self.say(press, text)
        except BaseException:
            work.cancel()
            raise
        else:
            await self._answer(press, text)

    async def tell(self, press: ButtonPress, text: str) -> None:
        """Answer a press at which we failed."""
        await self._answer(press, text)

    async def _outcome(self, press: ButtonPress) -> str:
        """What is answered, in plain words."""
        try:
            return await self._done(press)
        except UserError as error:
            return f"Nothing was done. {error}"

    async def _done(self, press: ButtonPress) -> str:
        desk, store = self.desk, self.desk.store
        button = await store.read(buttons.find, press.token)
        place = None if button is None else await store.read(chats.get, button.place)
        if button is None or place is None or place.chat != press.spot.chat:
            return "This button is not known here any more."
        person = await store.read(people.find, press.account)
        if person is None:
            return f"Tell me who you are on GitHub first: write /start to @{desk.username}."
        if button.account not in (0, press.account):
            return "This button is for somebody else."
        return await self._of(button, place, person, press)

    async def _of(self, button: ChatButton, place: ChatPlace, person: LinkedAccount, press: ButtonPress) -> str:
        """For one who is known: whether it is still about what was shown, then the action itself."""
        desk, reference = self.desk, f"telegram press {press.id}"
        await self._one_message(button, place, press)
        run = await desk.readable_run(person, await desk.store.read(stored.maybe_run, button.run_id))
        who = await desk.principal(person, known(run), reference)
        kind = Press(button.action)
        acts.need_role(kind, who, run)
        if not await desk.runs.carried_out(run.id, who.asker):
            await self._is_fresh(button, run)
        if kind is Press.REJECT:
            return await self._ask_why(place, run, press)
        if kind is Press.ROLLBACK:
            return await self._ask_once_more(place, run, who, press)
        if kind is Press.KEEP:
            await desk.rewrite(place, press.message, "It stays as it is.")
            return "It stays as it is."
        seen = await desk.seen(run, 0.0, button.binding or None) if kind is Press.APPROVE else Seen(0.0, "")
        html = await acts.carry_out(desk, kind, run, who, seen)
        await desk.store.write(buttons.use, button.token, person.login, reference, time.time())
        await desk.runs.reporter.changed(run.id)
        if kind is Press.ROLLBACK_NOW:
            html = "Rolled back." if await desk.is_discreet(place, run) else html
            await desk.rewrite(place, press.message, html)
            return "See what became of it."
        return html

    async def _one_message(self, button: ChatButton, place: ChatPlace, press: ButtonPress) -> None:
        """Of a run's message that stands there twice, since an answer was lost, the copy is over once it is pressed."""
        if button.action in (Press.ROLLBACK_NOW, Press.KEEP, Press.REASON):
            return
        shown = await self.desk.store.read(posts.find, button.run_id, MESSAGE, target_of(place))
        if shown is not None and shown.external_id not in ("", str(press.message)):
            with contextlib.suppress(TransientError, UserError):
                await self.desk.rewrite(place, press.message, _TWICE)

    async def _is_fresh(self, button: ChatButton, run: Run) -> None:
        """RunError where the run has moved on since the button was shown, or somebody was quicker."""
        if button.used_at is not None:
            at = time.strftime("%H:%M UTC", time.gmtime(button.used_at))
            raise RunError(f"{button.used_by} did that already, at {at}.")
        if button.expires_at <= time.time():
            raise RunError("This button is over.", "The newest message about this run has others; or use /status.")
        if button.segment != run.segment:
            raise RunError(f"Run {run.id} has moved on since: it is {run.standing}.")

    async def _ask_why(self, place: ChatPlace, run: Run, press: ButtonPress) -> str:
        """A plan is rejected with a reason, which is the reply to this."""
        desk = self.desk
        snapshot = await desk.store.read(stored.snapshot, run.id)
        text = f"{words(press.name)}, {WHY}"
        # kept before it is asked: a reply counts also where the number of the message was never heard
        wanted = bound(place, snapshot, Press.REASON, message=buttons.NOT_KNOWN, account=press.account)
        button = await desk.store.write(buttons.ensure, wanted, time.time())

        async def make() -> Answer:
            return Answer(AnswerKind.TELLS, text)

        async def say(html: str) -> int:
            return await desk.say(place, html, reply_to=press.message, ask=True, silent=True)

        if number := await AnswerOnce(desk, press.update, place, press.message).once(make, say):
            await desk.store.write(buttons.stands_in, button.token, number)
        return "Reply with what should be different."

    async def _ask_once_more(self, place: ChatPlace, run: Run, who: Principal, press: ButtonPress) -> str:
        desk = self.desk

        async def make() -> Answer:
            html = await acts.planned(desk.store, run, who)
            if await desk.is_discreet(place, run):
                html = "All that this run did would be taken back."
            return Answer(AnswerKind.TELLS, html)

        async def say(html: str) -> int:
            snapshot = await desk.store.read(stored.snapshot, run.id)
            keys = [[await key_of(desk.store, place, snapshot, one)] for one in (Press.ROLLBACK_NOW, Press.KEEP)]
            return await desk.say(place, html, keys, reply_to=press.message, silent=True)

        await AnswerOnce(desk, press.update, place, press.message).once(make, say)
        return "Look at what would be undone, then press once more."

    async def _answer(self, press: ButtonPress, text: str) -> None:
        with contextlib.suppress(TransientError):  # it is done; a press that is not answered only goes on turning
            await self.desk.pace.client.answer_press(press.id, text, alert=text.startswith("Nothing"))

    async def say(self, press: ButtonPress, text: str) -> None:
        """Say it below the message, for a press that nobody waits for any more."""
        spot = press.spot
        place = await self.desk.store.write(chats.meet, spot.chat, spot.thread, private=spot.private, title=spot.title)

        async def make() -> Answer:
            return Answer(AnswerKind.TELLS, words(text, 1000))

        await AnswerOnce(self.desk, press.update, place, press.message).once(make)
