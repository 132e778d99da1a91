"""What `doctor` says about Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from bot.settings import TO_TELEGRAM, Settings
from sandbox.backend import HostFinding
from sandbox.errors import TransientError, UserError

_NAME = "Telegram"
_INDENT = " " * 11
"""Below the first line, as remedies stand in the report."""


def findings(settings: Settings) -> Iterator[HostFinding]:
    """Whether the bot's token is good, and whether what is new is asked for or delivered."""
    if not settings.has_telegram:
        steps = (f"{_INDENT}{number}. {line}" for number, line in enumerate(TO_TELEGRAM, 1))
        yield HostFinding(_NAME, True, "\n".join(("none is set up. To have runs told and steered there:", *steps)))
        return
    try:
        yield asyncio.run(_asked(settings))
    except UserError as error:
        yield HostFinding(_NAME, False, error.sentence, error.remedy, fatal=False)
    except TransientError as error:
        remedy = "See whether this machine reaches Telegram (name, proxy, firewall), then try again."
        yield HostFinding(_NAME, False, str(error), remedy, fatal=False)


async def _asked(settings: Settings) -> HostFinding:
    from bot.telegram.wire.client import TelegramClient

    wanted = settings.telegram_calls
    async with TelegramClient(settings.telegram_secret, settings.telegram_url, seconds=10) as client:
        name, called = await client.me(), await client.called()
    how = f"called at {wanted}" if wanted else "asked for what is new"
    if called not in ("", wanted):
        detail = f"@{name}, whose updates are delivered to {called}"
        return HostFinding(_NAME, False, detail, "The next start of a server changes that.", fatal=False)
    return HostFinding(_NAME, True, f"@{name}, {how}")
