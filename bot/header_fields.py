"""Headers of HTTP as an operator writes them: `name=value,name=value`, in OpenTelemetry's way."""

from __future__ import annotations

import re
from urllib.parse import unquote

from pydantic import SecretStr
from pydantic_core import PydanticCustomError

_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


def fields_of(text: str) -> dict[str, str]:
    """The values by name; what is percent-encoded is read."""
    parts = [part.partition("=") for part in text.split(",") if part.strip()]
    return {name.strip(): unquote(value.strip()) for name, _, value in parts}


def valid_fields(value: SecretStr | None) -> SecretStr | None:
    """`value`, where HTTP takes its names and values; PydanticCustomError where it does not."""
    found = fields_of(value.get_secret_value()) if value is not None else {}
    parts = [part for part in value.get_secret_value().split(",") if part.strip()] if value is not None else []
    if not all(map(_NAME.fullmatch, found)) or not all("=" in part for part in parts):
        raise PydanticCustomError("headers", "Write name=value, separated by commas")
    if not all(text.isascii() and text.isprintable() for text in found.values()):
        raise PydanticCustomError("headers", "A header's value is printable ASCII")
    return value
