"""The body of a request as fields: bounded in size and time, and of a kind that we take."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from bot.access.refusals import RequestRefused

_MOST_BYTES = 256 * 1024
_SECONDS = 10.0
_MOST_FIELDS = 100


async def form(request: Request) -> dict[str, str]:
    """The fields of a form; of several of one name the last."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await _body(request)
    if not body:
        return {}
    if kind != "application/x-www-form-urlencoded":
        raise RequestRefused(415, "A form is sent as application/x-www-form-urlencoded.")
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise RequestRefused(400, "That is no form.") from error
    return {name: _text(value) for name, value in pairs}


async def json_object(request: Request) -> dict[str, Any]:
    """The object that a request holds; {} where it holds nothing."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await _body(request)
    if not body:
        return {}
    if kind != "application/json":
        raise RequestRefused(415, "Send application/json.")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestRefused(400, "That is not JSON.") from error
    if not isinstance(found, dict):
        raise RequestRefused(400, "Send a JSON object.")
    return found


async def _body(request: Request) -> bytes:
    parts, size = list[bytes](), 0
    try:
        async with asyncio.timeout(_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > _MOST_BYTES:
                    raise RequestRefused(413, "That is too much.", headers={"Connection": "close"})
                parts.append(part)
    except TimeoutError as error:
        raise RequestRefused(408, "The body did not come in time.", headers={"Connection": "close"}) from error
    except ClientDisconnect as error:
        raise RequestRefused(400, "The body did not come.") from error
    return b"".join(parts)


def _text(value: str) -> str:
    """As the database takes it, on every line the same end."""
    return value.replace("\x00", "").replace("\r\n", "\n")
