"""`POST /telegram`: what Telegram delivers is kept, then acknowledged; whoever has the duty handles it."""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.access.bodies import json_object
from bot.access.refusals import RequestRefused
from bot.settings import Settings
from bot.telegram.wire.calls import PATH, SECRET_HEADER, secret_for
from bot.telegram.wire.incoming import chat_of
from sandbox.errors import TransientError, UserError
from workflows.store.database import Store
from workflows.store.telegram import updates

log = logging.getLogger(__name__)

_MOST_NUMBER = 2**53


@dataclass(frozen=True, slots=True)
class TelegramHook:
    """Takes calls in that carry the secret."""

    store: Store
    secret: str

    async def __call__(self, request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self.secret.encode()):
            return PlainTextResponse("This is not Telegram.", 401)
        try:
            update = await json_object(request)
        except RequestRefused as refused:
            return PlainTextResponse(refused.sentence, refused.status, refused.headers)
        number = update.get("update_id")
        if not isinstance(number, int) or not 0 <= number < _MOST_NUMBER:
            return PlainTextResponse("This is no update.", 400)
        try:
            await self.store.write(updates.keep, [(number, chat_of(update), update)])
        except (TransientError, UserError) as error:
            log.warning("Telegram: %s", error)
            return PlainTextResponse("It could not be kept; send it again later.", 503)
        return PlainTextResponse("kept")


def telegram_routes(settings: Settings, store: Store) -> list[Route]:
    """The route, where Telegram is to call us; else none. ConfigError where its token cannot be used."""
    if not (settings.has_telegram and settings.telegram_webhook):
        return []
    hook = TelegramHook(store, secret_for(settings.telegram_secret))
    return [Route(PATH, hook.__call__, methods=["POST"])]
