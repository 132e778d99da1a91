"""Serves the Bot API: one server per process, with as many bots as tests make."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import socket
import threading
from collections.abc import AsyncIterator
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.fakes.telegram.bot_api import published
from tests.fakes.telegram.methods import METHODS
from tests.fakes.telegram.world import Fault, Refusal, TelegramWorld

Json = Any
_worlds: dict[str, TelegramWorld] = {}
_tokens = itertools.count(5_000_001)


def new_world() -> TelegramWorld:
    """A bot that nobody has spoken to yet."""
    token = f"{next(_tokens)}:AAstandin-{'x' * 24}"
    world = _worlds[token] = TelegramWorld(token)
    return world


def violations() -> list[str]:
    """How the calls and answers since the last look differ from what Telegram publishes."""
    found = [sentence for world in _worlds.values() for sentence in world.violations]
    for world in _worlds.values():
        world.violations.clear()
    return found


@cache
def address() -> str:
    """Where it listens, from the first call to the end of the process."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    app = Starlette(routes=[Route("/bot{token}/{method}", _call, methods=["GET", "POST"])])
    config = uvicorn.Config(app, loop="asyncio", ws="none", log_level="error", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="telegram", daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


async def _call(request: Request) -> Response:
    token, method = request.path_params["token"], request.path_params["method"]
    if not re.fullmatch(r"\d+:[\w-]+", token):
        return _no(Refusal(404, "Not Found"))
    world = _worlds.get(token)
    if world is None:
        return _no(Refusal(401, "Unauthorized"))
    if method not in METHODS:
        return _no(Refusal(404, "Not Found"))
    fields = _fields((await request.body()).decode())
    api = published()
    if api is not None:
        world.violations += api.check_call(method, fields)
    fault = _fault(world, method, fields)
    try:
        world.watch(method, fields, False)
        if fault is not None and not fault.after:
            raise fault.refusal
        found = METHODS[method](world, fields)
        result = await found if asyncio.iscoroutine(found) else found
        if api is not None:
            world.violations += api.check_answer(method, result)
        world.watch(method, fields, True)
        if fault is not None and fault.cut:
            return StreamingResponse(_half(), media_type="application/json", headers={"Content-Length": "500"})
        if fault is not None:
            raise fault.refusal
    except Refusal as refusal:
        return _no(refusal)
    return JSONResponse({"ok": True, "result": result})


async def _half() -> AsyncIterator[bytes]:
    """Less than was said to come: the server closes the connection on it."""
    yield b'{"ok": true, "result": '


def _fields(body: str) -> Json:
    """As the Bot API reads a form: what is JSON is meant so."""
    found = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
    return {name: _value(name, value) for name, value in found.items()}


def _value(name: str, value: str) -> Json:
    if name in ("text", "url", "secret_token", "callback_query_id", "parse_mode"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _fault(world: TelegramWorld, method: str, fields: Json) -> Fault | None:
    with world.lock:
        world.calls.append((method, fields))
        for fault in world.faults:
            fits = fault.method in ("", method) and fault.chat in (0, fields.get("chat_id"))
            if fits and fault.times > 0:
                fault.times -= 1
                return fault
    return None


def _no(refusal: Refusal) -> Response:
    found: Json = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        found["parameters"] = refusal.parameters
    return JSONResponse(found, refusal.code)
