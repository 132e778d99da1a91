"""Templates to pages. All text is escaped; what is shown of models and repositories is text, never markup."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

from bot.access.answers import PageAnswer
from bot.access.people.visitors import Visitor
from bot.access.refusals import RefusalWords
from bot.view.progress import cost
from bot.view.steps import duration
from workflows.registry import title_of
from workflows.text.escape import visible

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_KINDS = {".svg": "image/svg+xml", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


def page(template: str, visitor: Visitor, /, **facts: Any) -> Response:
    """A page of a template; `facts` are what it shows."""
    return PageAnswer(render(template, visitor=visitor, **facts))


def render(template: str, /, **facts: Any) -> str:
    return _templates().get_template(template).render(**facts)


def refusal(request: Request, words: RefusalWords) -> Response:
    """Why a page is not shown. Who is not known gets the way to sign in, and comes back to where they were."""
    known = words.status != 401
    query = f"?{request.url.query}" if request.url.query else ""
    back = "" if known or request.method != "GET" else request.url.path + query
    text = render("refusal.html", visitor=Visitor(""), words=words, back=back, title=words.sentence)
    return PageAnswer(text, words.status, dict(words.headers) if known else None)


@cache
def static_file(name: str) -> tuple[bytes, str, str]:
    """Our own file of that name: its bytes, what it is, and a mark that changes with it. KeyError where none is."""
    path = STATIC / name
    if name not in {one.name for one in STATIC.iterdir()} or path.suffix not in _KINDS:
        raise KeyError(name)
    data = path.read_bytes()
    return data, _KINDS[path.suffix], hashlib.sha256(data).hexdigest()[:12]


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"took": duration, "cost": cost, "when": when, "text": visible, "iso": iso, "path": readable}
    templates.filters |= {"query": query, "marked": marked, "workflow": title_of}
    templates.globals |= {"asset": _asset, "version": version("pullwright"), "now": time.time}
    return templates


def when(at: float | None) -> str:
    """`2026-11-29 15:04:05 UTC`."""
    return "" if at is None else time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at))


def iso(at: float | None) -> str:
    return "" if at is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def readable(path: str) -> str:
    """A name of a file as text; what is not UTF-8 in it is replaced."""
    return " ".join(visible(path.encode(errors="surrogateescape").decode(errors="replace")).split())


def marked(text: str) -> Markup:
    """A sentence in which what stands between backticks is code; everything in it is escaped."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:  # one of them opens nothing
        return escape("`".join(parts))
    drawn = (Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts))
    return Markup().join(drawn)


def _asset(name: str) -> str:
    """Its address, which changes with what is in it, so that browsers may keep it."""
    return f"/admin/static/{name}?{static_file(name)[2]}"


def query(fields: Mapping[str, object]) -> str:
    """Fields as the query of an address, those that are empty left out."""
    return urlencode({name: value for name, value in fields.items() if value})
