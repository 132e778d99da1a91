"""From what somebody writes in a chat to what is done and answered."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.channels.pauses import refresh
from bot.commands.steering import FITS
from bot.commands.table import COMMANDS
from bot.telegram.said import acts, listening, listing
from bot.telegram.said.answering import AnswerOnce
from bot.telegram.said.commands import CHAT_COMMANDS, STARTS, ChatCall, help_text, parse
from bot.telegram.said.desk import ChatDesk
from bot.telegram.said.naming import REPOSITORY, Naming
from bot.telegram.said.pressing import WHY
from bot.telegram.shown.channel import known
from bot.telegram.shown.keyboard import Press
from bot.telegram.wire.html import code, link, words
from bot.telegram.wire.incoming import ChatText
from workflows.errors import NotAllowed, RunError, StoreError, UserError
from workflows.runs.approval import Seen
from workflows.store.cluster import pauses
from workflows.store.records import Run
from workflows.store.run_rows import runs as stored
from workflows.store.telegram import buttons, chats, people
from workflows.store.telegram.buttons import ChatButton
from workflows.store.telegram.chats import ChatPlace
from workflows.store.telegram.people import LinkedAccount
from workflows.store.telegram.updates import Answer, AnswerKind
from workflows.text.sanitise import sanitise_line

_MOST_WHY = 300
_TELLS = frozenset({"start", "help", "runs", "status"})
"""Commands that do nothing; of `/start` a second code would have made the first one void."""
_PRESSES = {"approve": Press.APPROVE, "reject": Press.REJECT, "abort": Press.ABORT, "retry": Press.RETRY}


@dataclass(frozen=True, slots=True)
class Talk:
    """One message of somebody who is known."""

    desk: ChatDesk
    place: ChatPlace
    person: LinkedAccount
    said: ChatText

    @property
    def reference(self) -> str:
        return f"telegram update {self.said.update}"

    @property
    def naming(self) -> Naming:
        return Naming(self.desk, self.place, self.person)


@dataclass(frozen=True, slots=True)
class Talking:
    """Handles what people write. It can be done once more after a crash: what it does then is in `AnswerOnce`."""

    desk: ChatDesk

    async def handle(self, said: ChatText) -> None:
        """Do what it asks for. TransientError where that cannot be done now, ChatLost where nothing can be said."""
        store, spot = self.desk.store, said.spot
        call = parse(said.text, self.desk.username)
        if call is None and not said.reply_to and not spot.private:
            return  # people talk to each other
        place = await store.write(chats.meet, spot.chat, spot.thread, private=spot.private, title=spot.title)
        person = await store.read(people.find, said.account)

        async def make() -> Answer:
            try:
                return Answer(_kind(call), await self._answer(call, place, person, said))
            except StoreError:
                raise  # nobody there can mend it: it is tried again
            except UserError as error:
                return Answer(AnswerKind.REFUSED, words(f"Nothing was done. {error}", 2000))

        await AnswerOnce(self.desk, said.update, place, said.message).once(make)

    async def tell(self, said: ChatText, text: str) -> None:
        """Answer words at which we failed."""
        spot = said.spot
        place = await self.desk.store.write(chats.meet, spot.chat, spot.thread, private=spot.private, title=spot.title)
        await self.desk.say(place, words(text, 1000), reply_to=said.message, silent=True)

    async def _answer(
        self, call: ChatCall | None, place: ChatPlace, person: LinkedAccount | None, said: ChatText
    ) -> str:
        if call is None and not said.reply_to:
            return "Reply to the message of a run to answer what it asks; /help lists the commands."
        if call is None:
            return await self._reply(place, person, said)
        if call.name == "start":
            return await self._start(place, person, said)
        if call.name == "help":
            return help_text()
        if call.name not in CHAT_COMMANDS:
            return "There is no such command. /help lists them." if place.private else ""
        if person is None:
            return self._unknown()
        if call.name == "unlink":
            await self.desk.store.write(people.unlink, person.account)
            return f"You are nobody to me now. {words(person.login)} on GitHub is not told of."
        talk = Talk(self.desk, place, person, said)
        return await _handlers()[call.name](talk, call)

    async def _start(self, place: ChatPlace, person: LinkedAccount | None, said: ChatText) -> str:
        if person is not None:
            return f"You are {code(person.login)} on GitHub. /help lists what I do, /unlink forgets you."
        if not place.private:
            return f"Write /start to me alone: @{words(self.desk.username)}. A code is for nobody else to see."
        shown = await self.desk.store.write(people.make_code, said.account, said.name, time.time())
        return (
            "Who are you on GitHub? Within ten minutes write this as a comment on any issue or pull request of a "
            f"repository that I work in:\n\n{code(f'/link {shown}')}\n\n{self._page()}It is good once, "
            "and for whoever writes it first: so write it yourself, and only where you meant to."
        )

    def _page(self) -> str:
        url = self.desk.pages
        return f"Or enter the code {link('there', f'{url}/admin/you')}, signed in. " if url else ""

    def _unknown(self) -> str:
        return f"Tell me who you are on GitHub first: write /start to me alone, @{words(self.desk.username)}."

    async def _reply(self, place: ChatPlace, person: LinkedAccount | None, said: ChatText) -> str:
        """A reply to a message of ours that asks for one; any other is no business of ours."""
        store = self.desk.store
        wanted = await store.read(buttons.of_message, place.id, said.reply_to)
        run = None if wanted is not None else await self.desk.run_shown(place, said.reply_to)
        if wanted is None and run is None and said.replied.endswith(WHY):
            wanted = await store.read(buttons.of_lost_message, place.id, said.account)
        if wanted is None and run is None:
            return ""
        if person is None:
            return self._unknown()
        talk = Talk(self.desk, place, person, said)
        return await (_reason(talk, wanted) if wanted is not None else _words(talk, run))


def _kind(call: ChatCall | None) -> AnswerKind:
    """Of the answer to a call that was not refused; a reply is the answer to what was asked."""
    if call is None:
        return AnswerKind.DONE
    tells = call.name in _TELLS or call.name not in CHAT_COMMANDS or (call.name == "subscribe" and not call.words)
    return AnswerKind.TELLS if tells else AnswerKind.DONE


async def _reason(talk: Talk, wanted: ChatButton) -> str:
    """Why a plan is rejected, by whoever was asked for it."""
    if wanted.account != talk.person.account:
        return ""
    desk = talk.desk
    run = await desk.readable_run(talk.person, await desk.store.read(stored.maybe_run, wanted.run_id))
    if wanted.segment != run.segment:
        raise RunError(f"Run {run.id} has moved on since: it is {run.standing}.")
    who = await desk.principal(talk.person, known(run), talk.reference)
    html = await acts.carry_out(desk, Press.REASON, run, who, Seen(0.0, "", wanted.binding), talk.said.text)
    await desk.runs.reporter.changed(run.id)
    return html


async def _words(talk: Talk, run: Run | None) -> str:
    """A reply to a run's message: the answer to what it asks."""
    desk = talk.desk
    run = await desk.readable_run(talk.person, run)
    who = await desk.principal(talk.person, known(run), talk.reference)
    return await acts.answer(desk, run, who, Seen(talk.said.at, ""), talk.said.text)


async def _steer(talk: Talk, call: ChatCall) -> str:
    desk = talk.desk
    run, rest = await talk.naming.run(talk.said, call.words, FITS[call.name])
    who = await desk.principal(talk.person, known(run), talk.reference)
    if call.name == "skip":
        return await acts.skip(desk, run, who, rest.strip())
    press = _PRESSES[call.name]
    acts.need_role(press, who, run)
    seen = await desk.seen(run, talk.said.at, None) if press is Press.APPROVE else Seen(talk.said.at, "")
    return await acts.carry_out(desk, press, run, who, seen, rest)


async def _starts(talk: Talk, call: ChatCall) -> str:
    workflow, approve = STARTS[call.name]
    named = await talk.naming.issue(call.words)
    who = await talk.desk.principal(talk.person, named.repository, talk.reference)
    return await acts.start(talk.desk, workflow, named.repository, named.number, who, named.words, approve=approve)


async def _pausing(talk: Talk, call: ChatCall) -> str:
    """For administrators of a repository, as in a comment."""
    called, _, why = call.words.partition(" ")
    found = REPOSITORY.fullmatch(called)
    where = await talk.naming.repository(found[1] if found else "")
    who = await talk.desk.principal(talk.person, where, talk.reference)
    needed = COMMANDS[call.name].role
    if who.role < needed:
        raise NotAllowed(f"/{call.name} takes the role {needed} there.", "Ask somebody who has it.")
    store, name = talk.desk.store, code(where.called.partition("/")[2])
    if call.name == "pause":
        begun = await store.write(pauses.begin, where.name, who.asker, sanitise_line(why, _MOST_WHY))
        await refresh(store, talk.desk.runs.reporter, [begun])
        return f"{name} is paused. What is at work stops as soon as it can be left; /unpause has all of it go on."
    was = await store.write(pauses.end, where.name, who.asker)
    await talk.desk.runs.admit()
    everything = await store.read(pauses.exactly, pauses.EVERYTHING)
    if everything is not None:
        return "Everything on this server is paused, by whoever runs it."
    return f"{name} goes on." if was is not None else f"{name} was not paused."


ChatHandler = Callable[[Talk, ChatCall], Awaitable[str]]


def _handlers() -> dict[str, ChatHandler]:
    return {
        **dict.fromkeys(STARTS, _starts),
        **dict.fromkeys([*_PRESSES, "skip"], _steer),
        **dict.fromkeys(("pause", "unpause"), _pausing),
        "status": lambda talk, call: listing.status(talk.naming, talk.said, call.words),
        "runs": lambda talk, call: listing.newest(talk.naming),
        "subscribe": lambda talk, call: listening.subscribe(talk.naming, call.words),
        "unsubscribe": lambda talk, call: listening.unsubscribe(talk.naming, call.words),
        "mute": lambda talk, call: listening.mute(talk.naming, call.words),
        "quiet": lambda talk, call: listening.quiet(talk.naming, call.words),
    }
