"""Renders the prompts, which are the Jinja files beside this module; a name that is not filled in is an error."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def render(name: str, **values: object) -> str:
    """The prompt `name` (a file `name.j2`), filled in. jinja2's UndefinedError where a value is missing."""
    return _environment().get_template(f"{name}.j2").render(**values).strip()


def framed(text: object, label: str = "text") -> str:
    """Foreign text between markers that it cannot hold itself, whoever wrote it.

    The marker follows from the text, so that the same prompt is the same on every machine.
    """
    content = str(text).strip()
    salt = 0
    while (marker := f"{label}-{_digest(content, salt)}") in content:
        salt += 1
    return f"<{marker}>\n{content}\n</{marker}>"


def _digest(content: str, salt: int) -> str:
    return hashlib.sha256(f"{salt}\0{content}".encode(errors="surrogatepass")).hexdigest()[:16]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["framed"] = framed
    return environment
