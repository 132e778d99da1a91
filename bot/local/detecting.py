"""What detection found in a repository, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.checklist import shown
from sandbox.detect import Detection, Evidence, Found


def described(found: Detection) -> Iterator[str]:
    """A line per command with its evidence below it; what is not run comes last, with the reason."""
    yield f"ecosystems: {', '.join(found.ecosystems) or 'none was recognised'}"
    for title, commands in (("setup", found.setup), ("test", found.test), ("lint", found.lint), ("types", found.types)):
        yield ""
        yield f"{title}:" if commands else f"{title}: nothing was found"
        for rank, command in enumerate(commands, 1):
            yield from _command(command, f"{rank}. " if title == "test" and len(commands) > 1 else "")
    if found.not_run:
        yield ""
        yield "not run:"
        for note in found.not_run:
            yield f"  {shown(note.subject)}: {shown(note.reason)}"
            yield from _evidence(note.evidence)


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
