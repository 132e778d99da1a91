"""What chats are told of runs when somebody asks: the newest, and one of them in full."""

from __future__ import annotations

import time

from bot.commands.steering import FITS
from bot.telegram.said.naming import Naming
from bot.telegram.shown import messages
from bot.telegram.shown.channel import known
from bot.telegram.wire.html import code, lines, words
from bot.telegram.wire.incoming import ChatText
from bot.view.run_view import view_of
from workflows.runs import permission
from workflows.runs.permission import Action
from workflows.runs.principal import Role
from workflows.store.run_rows import runs as stored
from workflows.store.telegram import chats
from workflows.store.web import run_search
from workflows.store.web.run_search import Filter

_MOST = 10


async def status(naming: Naming, said: ChatText, text: str) -> str:
    """One run, as its message shows it; in a group of a private repository only where it is."""
    desk = naming.desk
    run, _ = await naming.run(said, text, FITS["status"])
    who = await desk.principal(naming.person, known(run), "")
    permission.need(who, Action.STATUS, run.repository)
    if await desk.is_discreet(naming.place, run):
        return messages.only_a_link(desk.spot(run))
    snapshot = await desk.store.read(stored.snapshot, run.id, counting=100_000)
    return desk.redact(messages.message(view_of(snapshot, time.time()), desk.spot(run)))


async def newest(naming: Naming) -> str:
    """The newest runs of what this chat hears of, as far as whoever asks may read it."""
    desk = naming.desk
    heard = await desk.store.read(chats.heard_in, naming.place.id)
    names = []
    for one in heard:
        where = await desk.store.read(run_search.repository_of, one.repository)
        person = naming.person
        if where is not None and await desk.roles.role(person.login, where, person.github) >= Role.READ:
            names.append(one.repository)
    if not heard:
        return "This chat hears of no repository yet. /subscribe OWNER/NAME begins it."
    page = await desk.store.read(run_search.search, Filter(repositories=names), _MOST)
    found = []
    for line in page.lines:
        run = await desk.store.read(stored.get_run, line.id)
        if await desk.is_discreet(naming.place, run):
            found.append(messages.only_a_link(desk.spot(run)))
        else:
            found.append(f"{messages.SIGNS[line.status]} {desk.spot(run).html} {words(line.title, 80)} {code(line.id)}")
    return desk.redact(lines(found)) if found else "There is no run of it yet."
