"""Says whose an account on Telegram is: it is who writes, on GitHub, the code that was shown there."""

from __future__ import annotations

import time

from bot.commands.context import Call, CommandContext
from workflows.errors import RunError
from workflows.store.telegram import people
from workflows.text.escape import code


async def link(call: Call, desk: CommandContext) -> str:
    """Redeem the code. RunError where it is not good; said twice by the same one, it is done once."""
    name = await desk.store.write(people.redeem, call.arguments, desk.login, time.time())
    if name is None:
        raise RunError(
            "That code is not good: it was never shown, is over, or somebody else was quicker.",
            "Write /start to the bot on Telegram for a new one; it is good for ten minutes.",
        )
    return (
        f"The account {code(name)} on Telegram is yours from now on: it sees and does there what you may here. "
        "If that was not you, write `/unlink`."
    )


async def unlink(call: Call, desk: CommandContext) -> str:
    number = await desk.store.write(people.unlink_login, desk.login)
    return "No account on Telegram is yours any more." if number else "No account on Telegram was yours."
