"""Outgoing webhooks: made, listed, removed and told once more where the server runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bot.cli.pausing import kept_under
from bot.database import open_store
from bot.hooks.sending import Sender
from bot.settings import Settings
from bot.view.steps import shown
from sandbox.network.endpoints import endpoints
from workflows.errors import RunError
from workflows.store.audit import Asker
from workflows.store.database import Store
from workflows.store.run_events import EventKind
from workflows.store.web import hooks
from workflows.store.web.hooks import BY_DEFAULT

_BY = Asker("you", "cli")


def create(settings: Settings, url: str, kinds: Sequence[str], repository: str) -> Iterator[str]:
    """Make a hook; lines about it. ConfigError for an address that may not be, RunError for kinds that are none."""
    unknown = [one for one in kinds if one not in set(EventKind)]
    if unknown:
        raise RunError(f"There is no kind of event {unknown[0]!r}.", f"There are: {', '.join(EventKind)}.")
    Sender(endpoints(settings.hook_hosts)).check(url)
    wanted = [EventKind(one) for one in kinds] or [EventKind(one) for one in BY_DEFAULT]
    with _opened(settings) as store:
        bound = kept_under(settings, store, repository) if repository else ""
        made = store.write_now(hooks.make, url, wanted, bound, _BY)
    yield f"Hook {made.id} is told of {', '.join(sorted(made.kinds))}{f' in {bound}' if bound else ''}."
    yield "Its messages are signed (Standard Webhooks) with this secret:"
    yield made.secret


def listed(settings: Settings) -> Iterator[str]:
    with _opened(settings) as store:
        found = store.read_now(hooks.all_of_them)
    if not found:
        yield "There are no hooks. `pullwright hooks create URL` makes one."
    for one in found:
        state = f"ended: {one.ended_why}" if one.ended_at else "told"
        where = f" in {one.repository}" if one.repository else ""
        yield f"{one.id}  {shown(one.url)}  {', '.join(sorted(one.kinds))}{where}  {state}"


def remove(settings: Settings, number: str) -> str:
    with _opened(settings) as store:
        gone = store.write_now(hooks.remove, number, _BY)
    return f"Hook {gone.id} ({shown(gone.url)}) is told nothing more."


def told(settings: Settings, number: str, limit: int) -> Iterator[str]:
    with _opened(settings) as store:
        if number:
            store.read_now(hooks.find, number)
        found = store.read_now(hooks.listed, number, limit)
    if not found:
        yield "Nothing was told yet."
    for one in found:
        at = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(one.created_at))
        why = f": {shown(one.error_text)}" if one.error_text else ""
        yield f"{one.id}  {at}  {one.hook}  {one.state}  {one.kind} {one.run_id}, {one.attempts} attempts{why}"


def replay(settings: Settings, message: str) -> str:
    with _opened(settings) as store:
        if not store.write_now(hooks.replay, message):
            raise RunError(f"There is no message {message[:60]!r}.", "`pullwright hooks log` lists them.")
    return f"{message} is told once more by a worker."


@contextmanager
def _opened(settings: Settings) -> Iterator[Store]:
    store = open_store(settings)
    try:
        yield store
    finally:
        store.close()
