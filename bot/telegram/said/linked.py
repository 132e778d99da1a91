"""Confirms in the chat whose it is by now: who links an account sees with whom it was linked."""

from __future__ import annotations

import logging

from bot.telegram.said.desk import ChatDesk
from bot.telegram.wire.html import code
from workflows.errors import StoreError, TransientError, UserError
from workflows.store.database import Store
from workflows.store.telegram import chats, people

log = logging.getLogger(__name__)


async def confirm_links(store: Store, desk: ChatDesk) -> None:
    """Tell those who were not told yet; who cannot be told now is told later."""
    for linked in await store.read(people.untold):
        place = await store.write(chats.meet, linked.account, 0, private=True)
        text = (
            f"You are {code(linked.login)} on GitHub. If that is not you, write /unlink.\n\n"
            "/subscribe OWNER/NAME has this chat hear of a repository's runs; /help lists the rest."
        )
        try:
            await desk.say(place, text)
        except StoreError:
            raise
        except TransientError as error:
            log.warning("who was linked is told later: %s", error)
            continue
        except UserError as error:  # their chat is gone, or takes nothing: nobody else waits for that
            log.info("an account was linked whose chat cannot be told: %s", error)
        await store.write(people.tell, linked)
