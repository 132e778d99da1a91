"""What a repository is set up and checked with, for people: what was found, and what its own configuration says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bot.view.steps import shown
from sandbox.detect import Detection, Evidence, Found, Note
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Kind
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import PATH

_KINDS: tuple[Kind, ...] = ("setup", "test", "lint", "types")


def configured(found: Detection, root: Path) -> Detection:
    """The detection with what `.github/pullwright.yml` says in its place, as a run takes it.

    ConfigError with file and line where that file is wrong.
    """
    config = parse(Source(root).text(PATH))
    left_out = list(found.not_run)
    chosen: dict[str, tuple[Found, ...]] = {}
    for kind in _KINDS:
        lines = getattr(config, kind)
        place = Evidence(PATH, config.line_of(kind), f"{kind}: {'false' if lines is False else ''}".rstrip())
        if lines is None:
            continue
        if lines is False:
            left_out.append(Note(kind, "It is switched off by the repository.", (place,)))
        chosen[kind] = tuple(Found(kind, line, (place,), confidence="confirmed") for line in lines or ())
    return replace(
        found,
        setup=chosen.get("setup", found.setup),
        test=chosen.get("test", found.test),
        lint=chosen.get("lint", found.lint),
        types=chosen.get("types", found.types),
        not_run=tuple(left_out),
    )


def described(found: Detection) -> Iterator[str]:
    """A line per command with its evidence below it; what is not run comes last, with the reason."""
    yield f"ecosystems: {', '.join(found.ecosystems) or 'none was recognised'}"
    for title, commands in (("setup", found.setup), ("test", found.test), ("lint", found.lint), ("types", found.types)):
        yield ""
        yield f"{title}:" if commands else f"{title}: nothing was found"
        for suite, group in _suites(commands):
            if suite:
                yield f"  {shown(suite)}:"
            for rank, command in enumerate(group, 1):
                yield from _command(command, f"{rank}. " if title == "test" and len(group) > 1 else "")
    if found.not_run:
        yield ""
        yield "not run:"
        for note in found.not_run:
            yield f"  {shown(note.subject)}: {shown(note.reason)}"
            yield from _evidence(note.evidence)


def _suites(commands: Sequence[Found]) -> Iterator[tuple[str, list[Found]]]:
    """The commands by suite, each with its name where there is more than one."""
    names = list(dict.fromkeys(command.suite for command in commands))
    for name in names:
        yield name if len(names) > 1 else "", [command for command in commands if command.suite == name]


def _command(found: Found, rank: str) -> Iterator[str]:
    where = f" (in {shown(found.cwd)})" if found.cwd != "." else ""
    env = "".join(f"{name}={value} " for name, value in found.env.items())
    yield f"  {rank}{shown(env + found.command)}{where}  [{found.confidence}]"
    if found.note:
        yield f"      {shown(found.note)}"
    yield from _evidence(found.evidence)


def _evidence(evidence: Sequence[Evidence]) -> Iterator[str]:
    for line in evidence:
        place = f"{line.file}:{line.line}" if line.line else line.file
        yield f"      {shown(place)}: {shown(line.text)[:100]}"
