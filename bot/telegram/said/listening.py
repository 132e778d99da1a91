"""What a chat is told of: which repositories, how much of them, and when without a sound."""

from __future__ import annotations

import time

from bot.telegram.said.naming import REPOSITORY, Naming
from bot.telegram.shown.hours import hours, span
from bot.telegram.wire.html import code, lines, words
from workflows.errors import RunError
from workflows.store.telegram import chats
from workflows.store.telegram.chats import Hears

_WHAT = {
    Hears.ALL: "every run",
    Hears.FAILURES: "runs that fail or ask something",
    Hears.FINAL: "what became of each run",
}


async def subscribe(naming: Naming, text: str) -> str:
    """Have the chat hear of a repository that whoever asks may read; without one, what it hears of."""
    desk, place = naming.desk, naming.place
    called, _, how = text.partition(" ")
    if not called:
        return await _heard(naming)
    found = REPOSITORY.fullmatch(called)
    if not found:
        raise RunError("Which repository?", "/subscribe OWNER/NAME, or OWNER/NAME failures.")
    try:
        hears = Hears(how.strip().lower() or "all")
    except ValueError:
        raise RunError("How much of it?", "all, failures, or final.") from None
    where = await naming.repository(found[1])
    await desk.store.write(chats.subscribe, place.id, where.name, naming.person.account, hears, time.time())
    closed = not place.private and await desk.privacy.is_private(where)
    more = " As it is private, no more than a link is shown in a group." if closed else ""
    return f"This chat hears of {_WHAT[hears]} of {code(where.called.partition('/')[2])} from now on.{more}"


async def unsubscribe(naming: Naming, text: str) -> str:
    """Anybody in the chat who is linked may have it hear less."""
    found = REPOSITORY.fullmatch(text.strip())
    heard = await naming.desk.store.read(chats.heard_in, naming.place.id)
    name = found[1].lower() if found else ""
    mine = [one for one in heard if one.repository.partition("/")[2].lower() == name or one.repository.lower() == name]
    if not mine:
        raise RunError("This chat does not hear of that.", "/subscribe shows what it hears of.")
    for one in mine:
        await naming.desk.store.write(chats.unsubscribe, naming.place.id, one.repository)
    return f"This chat hears of {code(mine[0].repository.partition('/')[2])} no more."


async def mute(naming: Naming, text: str) -> str:
    seconds = span(text)
    until = time.time() + seconds if seconds else 0.0
    await naming.desk.store.write(chats.change, naming.place.id, muted_until=until)
    if not seconds:
        return "It makes a sound again."
    return f"No sound until {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime(until))}. /mute off ends it."


async def quiet(naming: Naming, text: str) -> str:
    kept = hours(text)
    await naming.desk.store.write(chats.change, naming.place.id, quiet=kept)
    return f"No sound each day {code(kept)}." if kept else "No hour is quiet any more."


async def _heard(naming: Naming) -> str:
    heard = await naming.desk.store.read(chats.heard_in, naming.place.id)
    names = [code(one.repository.partition("/")[2]) for one in heard]
    found = [
        f"{name}: {_WHAT[one.hears]} (as {words(one.login)} may see it)" for name, one in zip(names, heard, strict=True)
    ]
    return lines(found) or "This chat hears of no repository yet. /subscribe OWNER/NAME begins it."
