"""A request with an `Idempotency-Key` is carried out once: sent again, it is answered as the first time."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from bot.access.answers import JsonAnswer
from bot.access.people.visitors import WebVisit
from bot.access.refusals import RequestRefused
from sandbox.errors import TransientError, UserError
from workflows.store.web import answers

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,100}")


def reference_of(request: Request, visit: WebVisit) -> str:
    """What a request is known by in the audit log, "" where it carries no key."""
    key = _key(request)
    return f"api {visit.visitor.id} {key}" if key else ""


async def once(request: Request, visit: WebVisit, body: object, act: Callable[[], Awaitable[Response]]) -> Response:
    """Carry a request out, or answer it as the first time. RequestRefused where its key stands for another one."""
    key, store, who = _key(request), visit.store, visit.visitor.id
    if not key:
        return await act()
    whole = json.dumps([request.method, request.url.path, body], sort_keys=True)
    digest = hashlib.sha256(whole.encode()).hexdigest()
    kept = await store.write(answers.begin, who, key, digest)
    if kept is not None:
        if kept.request != digest:
            raise RequestRefused(422, f"This {HEADER} was sent with another request.", "Make a new one for each.")
        if not kept.status:
            raise RequestRefused(409, "The same request is under way.", "Ask again soon.", {"Retry-After": "2"})
        return JsonAnswer(kept.body, kept.status, {"Idempotent-Replayed": "true"})
    try:
        answer = await act()
    except (UserError, TransientError):
        await store.write(answers.forget, who, key)
        raise
    await store.write(answers.keep, who, key, answer.status_code, json.loads(bytes(answer.body)))
    return answer


def _key(request: Request) -> str:
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise RequestRefused(400, f"{HEADER} is up to 100 visible ASCII characters, and at least one.")
    return key or ""
