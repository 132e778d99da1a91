"""Keys of the API: made, listed and revoked where the server runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence

from bot.cli.pausing import kept_under
from bot.database import open_store
from bot.settings import Settings
from bot.view.steps import shown
from workflows.errors import RunError
from workflows.store.audit import Asker
from workflows.store.web import keys
from workflows.store.web.keys import ApiKey, KeyScope

_BY = Asker("you", "cli")


def create(
    settings: Settings, name: str, scopes: Sequence[str], *, login: str, repository: str, days: float | None
) -> Iterator[str]:
    """Make a key; the lines that tell it. RunError where a scope is none, or GitHub knows no such login.

    TransientError where it cannot be asked: a login is lent, so the key is bound to the account that has it now.
    """
    unknown = [one for one in scopes if one not in set(KeyScope)]
    if unknown:
        raise RunError(f"There is no scope {unknown[0]!r}.", f"There are: {', '.join(KeyScope)}.")
    wanted = [KeyScope(one) for one in scopes]
    account = asyncio.run(_account_of(settings, login)) if login else 0
    store = open_store(settings)
    try:
        bound = kept_under(settings, store, repository) if repository else ""
        key, text = store.write_now(
            keys.make, name, wanted, _BY, login=login, account=account, repository=bound, days=days
        )
    finally:
        store.close()
    yield f"Key {key.id} is made: {_bounds(key)}. It is shown this once:"
    yield text


def listed(settings: Settings) -> Iterator[str]:
    """A line for each."""
    store = open_store(settings)
    try:
        found = store.read_now(keys.all_of_them)
    finally:
        store.close()
    if not found:
        yield "There are no keys. `pullwright keys create NAME` makes one."
    for key in found:
        used = "never used" if key.used_at is None else f"used {_day(key.used_at)}"
        good = "" if key.is_good(time.time()) else ("revoked" if key.revoked_at else "over")
        yield f"{key.id}  {good or 'good':<7}  {_day(key.created_at)}  {shown(key.name)[:40]}  {_bounds(key)}  {used}"


def revoke(settings: Settings, number: str) -> str:
    """Have a key count no more; the line that tells so."""
    store = open_store(settings)
    try:
        key = store.write_now(keys.revoke, number, _BY)
    finally:
        store.close()
    return f"Key {key.id} ({shown(key.name)[:40]}) counts no more."


async def _account_of(settings: Settings, login: str) -> int:
    """GitHub's number of whoever has that login; 0 where no App is set up, or installed anywhere, to ask by."""
    if not settings.credentials_file.exists():
        return 0
    from bot.acting import make_github
    from bot.github.api.errors import NotFound

    github = make_github(settings)
    try:
        for one in await github.installations():
            if not one.suspended and (name := await github.any_repository(one.id)):
                return (await github.repository(one.id, name).user(login)).id
    except NotFound as error:
        raise RunError(
            f"GitHub knows no {login[:40]!r}.", "Give the login of a person, as in their profile."
        ) from error
    finally:
        await github.close()
    return 0


def _bounds(key: ApiKey) -> str:
    where = f" in {key.repository}" if key.repository else ""
    who = f" as {shown(key.login)}" if key.login else ""
    return f"{', '.join(sorted(key.scopes))}{where}{who}"


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at))
