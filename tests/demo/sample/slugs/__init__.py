"""Turns titles into slugs for addresses of pages."""

import re

_WORD = re.compile(r"[a-z0-9]+")


def slugify(title: str, separator: str = "-") -> str:
    """The title in lower case, its words joined by the separator."""
    return separator.join(_WORD.findall(title.lower()))
