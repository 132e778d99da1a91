"""Says whose an account on Telegram is: it is who writes, on GitHub, the code that was shown there."""

from __future__ import annotations

import time

from bot.commands.context import Call, CommandContext
from workflows.errors import RunError
from workflows.store.telegram import people


async def link(call: Call, desk: CommandContext) -> str:
    """Redeem the code. RunError where it is not good; said twice by the same one, it is done once."""
    if await desk.store.write(people.redeem, call.arguments, desk.login, time.time(), desk.account) is None:
        raise RunError(
            "That code is not good: it was never shown, is over, or somebody else was quicker.",
            "Write /start to the bot on Telegram for a new one; it is good for ten minutes.",
        )
    return (  # not which one: who somebody is there is nobody else's business
        "An account on Telegram is yours from now on, and its chat says so: it sees and does there what you may here. "
        "If it is not yours, write `/unlink`."
    )


async def unlink(call: Call, desk: CommandContext) -> str:
    number = await desk.store.write(people.unlink_login, desk.login, desk.account)
    return "No account on Telegram is yours any more." if number else "No account on Telegram was yours."
