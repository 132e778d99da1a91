"""`pullwright init`: asks for what nothing goes without, and writes it where only its owner reads it."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from bot.settings import Settings
from bot.settings_source import load, settings_file
from sandbox.errors import UserError

Ask = Callable[[str, bool], str]
"""Puts a question to whoever sits there; the second word says that the answer is not to be seen."""


_ONE_WORD = re.compile(r"[!-~]+")
_AS_A_VARIABLE = re.compile(r"(?:export\s+)?[A-Z][A-Z0-9_]*_KEY\s*=\s*|Bearer\s+")
"""What comes along where a key is copied out of a shell's file, or a header."""


def _meant(answer: str) -> str:
    """An answer without what was copied around it."""
    bare = _AS_A_VARIABLE.sub("", answer.strip(), count=1).strip()
    return bare[1:-1].strip() if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'`" else bare


def write(file: Path, values: dict[str, str]) -> None:
    """A settings file with mode 0600, whole or not at all."""
    half = file.with_name(f".{file.name}.half")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half.unlink(missing_ok=True)
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as out:
            out.write("# Written by pullwright init; every setting of the README may stand here, in small letters.\n")
            out.writelines(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())
        half.replace(file)
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}.", "Name another one: --file FILE.") from error


def initialise(file: Path | None, model: str, ask: Ask, *, force: bool, environ: dict[str, str]) -> Path:
    """Ask for the model and its key, as far as they are not known, and keep them. UserError where a file is there."""
    place = (file or settings_file(environ)).absolute()
    if place.exists() and not force:
        raise UserError(f"{place} exists already.", "Edit it, or write it anew: pullwright init --force")
    name = (
        model
        or environ.get("PULLWRIGHT_MODEL", "")
        or ask(
            "The model, as litellm names it (like openai/gpt-5, anthropic/claude-sonnet-4-5, ollama/qwen3-coder)", False
        )
    )
    name = _meant(name)
    if not name:
        raise UserError("No model was named.", "Name one: pullwright init --model openai/gpt-5")
    if not _ONE_WORD.fullmatch(name):
        raise UserError(f"{name!r} is no model's name.", "Name one: pullwright init --model openai/gpt-5")
    values = {"model": name}
    missing = Settings(data=Path("/nonexistent"), model=name).missing_key(name)
    if missing and (key := _meant(ask(f"Its key ({missing}); empty where you set that variable yourself", True))):
        if not _ONE_WORD.fullmatch(key):
            raise UserError("That is no key: it holds a space, or what no key has.", "Copy it once more, by itself.")
        values["api_key"] = key
    write(place, values)
    tomllib.loads(place.read_text())
    load({**environ, "PULLWRIGHT_CONFIG": str(place)})
    return place
