"""`pullwright init`: asks for what nothing goes without, and writes it where only its owner reads it."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable
from pathlib import Path

from bot.settings import Settings, load, settings_file
from sandbox.errors import UserError

Ask = Callable[[str, bool], str]
"""Puts a question to whoever sits there; the second word says that the answer is not to be seen."""


def write(file: Path, values: dict[str, str]) -> None:
    """A settings file with mode 0600, whole or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = file.with_name(f".{file.name}.half")
    half.unlink(missing_ok=True)
    try:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as out:
            out.write("# Written by pullwright init; every setting of the README may stand here, in small letters.\n")
            out.writelines(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())
        half.replace(file)
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}.", "Name another one: --file FILE.") from error


def initialise(file: Path | None, model: str, ask: Ask, *, force: bool, environ: dict[str, str]) -> Path:
    """Ask for the model and its key, as far as they are not known, and keep them. UserError where a file is there."""
    place = file or settings_file(environ)
    if place.exists() and not force:
        raise UserError(f"{place} exists already.", "Edit it, or write it anew: pullwright init --force")
    name = (
        model
        or environ.get("PULLWRIGHT_MODEL", "")
        or ask(
            "The model, as litellm names it (like openai/gpt-5, anthropic/claude-sonnet-4-5, ollama/qwen3-coder)", False
        )
    )
    if not name.strip():
        raise UserError("No model was named.", "Name one: pullwright init --model openai/gpt-5")
    values = {"model": name.strip()}
    missing = Settings(data=Path("/nonexistent"), model=name.strip()).missing_key(name.strip())
    if missing and (key := ask(f"Its key ({missing}); empty where you set that variable yourself", True).strip()):
        values["api_key"] = key
    write(place, values)
    tomllib.loads(place.read_text())
    load({**environ, "PULLWRIGHT_CONFIG": str(place)})
    return place
