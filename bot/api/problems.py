"""Refusals as `application/problem+json`: https://www.rfc-editor.org/rfc/rfc9457"""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from bot.access.answers import JsonAnswer
from bot.access.refusals import RefusalWords


def problem(request: Request, words: RefusalWords) -> Response:
    """The answer to a request that is not done."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(words.status).phrase,
        "status": words.status,
        "detail": words.sentence,
        "remedy": words.remedy or None,
    }
    return JsonAnswer(body, words.status, dict(words.headers), media_type="application/problem+json")
