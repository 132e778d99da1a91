"""Renders prompts, which are Jinja files: those of the agent stand here, those of a workflow in its own folder.

A name that is not filled in is an error.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from workflows.agent.prompts.foreign import framed, issue_text

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["framed", "issue_text", "render"]


def render(name: str, beside: str = "", /, **values: object) -> str:
    """The prompt `name` (a file `name.j2`), filled in. jinja2's UndefinedError where a value is missing.

    A workflow's step says where it stands itself (`__file__`): its prompts are in the folder `prompts` beside it.
    """
    home = Path(beside).parent / "prompts" if beside else Path(__file__).parent
    return _environment(home).get_template(f"{name}.j2").render(**values).strip()


@cache
def _environment(home: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(home),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters.update(framed=framed, issue_text=issue_text)
    return environment
