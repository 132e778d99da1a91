"""Whether what an operator and a repository have configured can be used, before anything runs with it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.choices import model_of, named_cap, price_warning
from bot.effective import EffectiveConfig, Elsewhere, effective
from bot.settings import Settings
from bot.view.steps import shown
from bot.webhook.triggers import by_default
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Found
from sandbox.errors import UserError
from workflows.engine.failure_policy import all_configured
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import PATH, RepoConfig
from workflows.registry import DefinitionsWhenAsked


def checked(settings: Settings, repository: Path) -> Iterator[str]:
    """A line for each thing that somebody decided; UserError with the place and the remedy where it is wrong."""
    need_directory(repository)
    yield "The server's settings can be used:"
    yield from _decided(settings, sorted(settings.model_fields_set))
    text = Source(repository.resolve()).text(PATH)
    if not text:
        yield f"{PATH} is not there: detection and the server's settings decide."
        return
    config = parse(text)
    all_configured(config, DefinitionsWhenAsked())
    price_warning(settings, model_of(settings, config), config.max_cost, named_cap(config))
    yield f"{PATH} can be used:" if config.model_fields_set else f"{PATH} decides nothing."
    yield from _decided(config, sorted(config.model_fields_set, key=config.line_of))


def holding(settings: Settings, repository: Path) -> EffectiveConfig:
    """What holds in the repository at that path as it is now, with the commands that are found in it."""
    from sandbox.detect import detect

    need_directory(repository)
    root = repository.resolve()
    text = Source(root).text(PATH)
    found = detect(root)
    kinds = (("setup", found.setup), ("test", found.test), ("lint", found.lint), ("types", found.types))
    said = {
        name: ("; ".join(shown(one.command) for one in commands), _evidence(commands))
        for name, commands in kinds
        if commands
    }
    return effective(text or None, Elsewhere(settings, by_default(), said))


def _evidence(commands: Sequence[Found]) -> str:
    places = dict.fromkeys(
        f"{one.file}:{one.line}" if one.line else one.file for each in commands for one in each.evidence
    )
    told = ", ".join(shown(place) for place in list(places)[:3])
    return f"found: {told}" if told else "found by the files that are there"


def need_directory(path: Path) -> None:
    """UserError where there is no such directory, or we may not look."""
    try:
        os.listdir(path)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{path} is not a directory.", "Give the path of a repository.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.", "Check who may read it.") from None


def _decided(values: Settings | RepoConfig, names: list[str]) -> Iterator[str]:
    """Each with its value; a key is hidden, and so is the password in the address of a database."""
    shown = values.model_dump(mode="json", exclude_unset=True)
    if shown.get("database"):
        shown["database"] = re.sub(r"(?<=:)[^:/@]*(?=@)", "***", shown["database"])
    yield from (f"  {name}: {shown[name]}" for name in names)
