"""How requests go to Telegram: over one client of httpx, bounded in time and size, and never named by their address.

The address of a request holds the bot's token. So no error that leaves this file carries it, and httpx, which
logs addresses, is not let do so.
"""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

import httpx
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

_SECONDS = 20.0
_MOST_BYTES = 16_000_000
"""A page of updates may be long; anything longer is none."""


class Limited(TelegramError):
    """Telegram takes no more for so many `seconds`. (Of the library's own error the number is about to change.)"""

    def __init__(self, seconds: float) -> None:
        super().__init__("Telegram limits us.")
        self.seconds = seconds


class AnswerLost(NetworkError):
    """The request went out, and nobody knows whether it was carried out."""


class TelegramRequest(BaseRequest):
    """Of python-telegram-bot's own kind."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._client: httpx.AsyncClient | None = None

    @property
    def read_timeout(self) -> float | None:
        return self._seconds

    async def initialize(self) -> None:
        if self._client is None:
            _quiet()
            self._client = httpx.AsyncClient(timeout=self._seconds, follow_redirects=False)

    async def shutdown(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        await self.initialize()
        assert self._client is not None, "it was made just now"
        given = {"read": read_timeout, "write": write_timeout, "connect": connect_timeout, "pool": pool_timeout}
        bounds = {name: value for name, value in given.items() if isinstance(value, int | float)}
        fields = request_data.json_parameters if request_data else {}
        timeout = httpx.Timeout(self._seconds, **bounds)
        try:
            async with self._client.stream(method, url, data=fields, timeout=timeout) as answer:
                body = bytearray()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise NetworkError("Telegram's answer is longer than we read.")
                if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                    raise Limited(_retry_after(bytes(body)))
                return answer.status_code, bytes(body)
        except (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError) as error:
            raise AnswerLost(f"Telegram's answer did not come ({type(error).__name__}).") from None
        except httpx.TimeoutException as error:
            raise TimedOut(f"Telegram did not answer in time ({type(error).__name__}).") from None
        except httpx.HTTPError as error:
            raise NetworkError(f"Telegram cannot be reached ({type(error).__name__}).") from None


def _retry_after(body: bytes) -> float:
    try:
        return max(1.0, float(json.loads(body)["parameters"]["retry_after"]))
    except (ValueError, KeyError, TypeError):
        return 5.0


def _quiet() -> None:
    for name in ("httpx", "httpcore", "telegram"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
