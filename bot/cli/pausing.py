"""The switch that stops everything, or one repository, and what has it go on."""

from __future__ import annotations

import getpass
import re

from bot.database import open_store
from bot.settings import Settings
from sandbox.errors import UserError
from workflows.store.audit import Asker
from workflows.store.cluster import pauses
from workflows.store.database import Store
from workflows.store.run_rows.line import run_queue
from workflows.text.sanitise import sanitise_line

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_MOST_WHY = 300
_MOST_NAMED = 20


def pause(settings: Settings, name: str, why: str) -> list[str]:
    """Nothing new begins, and what is at work stops; lines about it. `name` is OWNER/NAME, or "" for everything."""
    store = open_store(settings)
    try:
        repository = kept_under(settings, store, name)
        begun = store.write_now(pauses.begin, repository, _me(), sanitise_line(why, _MOST_WHY))
        active = store.read_now(run_queue.at_work_in, begun.repository)
    finally:
        store.close()
    lines = [f"{begun.what} is paused. Nothing new begins; webhooks are still taken in, and what they ask for waits."]
    if active:
        more = f" and {len(active) - _MOST_NAMED} more" if len(active) > _MOST_NAMED else ""
        lines.append(f"At work still, each until it can be left: {', '.join(active[:_MOST_NAMED])}{more}.")
    return [*lines, f"  next     {begun.ended_by}"]


def unpause(settings: Settings, name: str) -> list[str]:
    """Have it go on; lines about what is paused still."""
    store = open_store(settings)
    try:
        repository = kept_under(settings, store, name)
        was = store.write_now(pauses.end, repository, _me())
        left = store.read_now(pauses.all_of_them)
    finally:
        store.close()
    what = repository or "Everything"
    nothing = f"{what} was not paused" if repository else "There was no pause of everything"
    lines = [f"{what} goes on, in order." if was else f"{nothing}: nothing was done."]
    for other in left:
        lines += [f"Paused still: {other.sentence}", f"  next     {other.ended_by}"]
    return lines


def must_not_be_paused(settings: Settings) -> None:
    """RunError where everything is: told at once, before anybody waits in line."""
    store = open_store(settings)
    try:
        store.read_now(pauses.must_not_hold, pauses.EVERYTHING)
    finally:
        store.close()


def kept_under(settings: Settings, store: Store, name: str) -> str:
    """How runs name the repository."""
    if not name:
        return pauses.EVERYTHING
    if _NAME.fullmatch(name) is None:
        raise UserError(f"{name!r} is no repository on GitHub.", "Write OWNER/NAME, for example octo/adder.")
    host = "github.com"
    if settings.credentials_file.exists():
        from bot.github.api.credentials import load

        host = load(settings.credentials_file).host
    return store.read_now(pauses.kept_under, host, name)


def _me() -> Asker:
    try:
        return Asker(getpass.getuser(), "cli")
    except (OSError, KeyError):  # in a container there may be no such user
        return Asker("you", "cli")
