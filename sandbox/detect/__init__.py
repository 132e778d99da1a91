"""Finding a repository's set-up, test, lint and type-check commands by reading its files; nothing is run.

Manifests and the ecosystems' habits propose, CI and the contributors' guide confirm, and every
command carries the lines that speak for it. Linters and type checkers need a witness: a
repository that has none has none.
"""

from __future__ import annotations

from pathlib import Path

from sandbox.detect.commands.project import Part, read
from sandbox.detect.languages import dotnet, elixir, golang, javascript, jvm, native, php, python, ruby, rust
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Detection, Evidence, Found, Note, to_json

__all__ = ["Detection", "Evidence", "Found", "Note", "detect", "to_json"]

_ECOSYSTEMS = (
    python.find,
    javascript.find,
    rust.find,
    golang.find,
    jvm.find,
    ruby.find,
    php.find,
    elixir.find,
    native.find,
    dotnet.find,
)


def detect(root: Path) -> Detection:
    """The commands of the repository at `root`. Blocking, reads files only, never raises on what they hold."""
    source = Source(root)
    project = read(source)
    parts = [part for find in _ECOSYSTEMS if (part := find(project))]
    parts = _ranked(source, parts)
    return Detection(
        tuple(p.name for p in parts),
        tuple(f for p in parts for f in p.setup),
        tuple(f for p in parts for f in p.test),
        tuple(f for p in parts for f in p.lint),
        tuple(f for p in parts for f in p.types),
        tuple(n for p in parts for n in p.notes),
    )


def _ranked(source: Source, parts: list[Part]) -> list[Part]:
    """The main ecosystem first: the one whose files are the most; tests of the others follow as candidates."""
    if len(parts) < 2:
        return parts
    counts: dict[str, int] = {}
    for directory in source.walk(depth=4, limit=250):
        for name in source.files(directory):
            ending = name.rpartition(".")[2].lower()
            if ending in _ENDINGS:
                counts[_ENDINGS[ending]] = counts.get(_ENDINGS[ending], 0) + 1
    parts = sorted(parts, key=lambda p: -counts.get(p.name, 0))
    return [parts[0], *(_beside(p, counts.get(p.name, 0), counts.get(parts[0].name, 0)) for p in parts[1:])]


def _beside(part: Part, count: int, most: int) -> Part:
    """An ecosystem beside the main one counts where it is a good part of the code, or CI tests it at the root."""
    tested = any(f.confidence == "confirmed" and any(e.file.startswith(".") for e in f.evidence) for f in part.test)
    if count * 5 >= most or (tested and count * 20 >= most):
        return part
    reason = f"only {count} files of {part.name} beside the main code: taken for tooling"
    notes = [Note(f.command, reason, f.evidence) for f in (*part.test[:1], *part.lint, *part.types)]
    return Part(part.name, notes=(*part.notes, *notes))


_ENDINGS = {
    ending: name
    for name, endings in {
        "python": "py pyx",
        "javascript": "js ts tsx jsx mjs cjs mts cts vue svelte",
        "rust": "rs",
        "go": "go",
        "jvm": "java kt kts scala groovy",
        "ruby": "rb",
        "php": "php",
        "elixir": "ex exs",
        "native": "c cc cpp cxx h hh hpp",
        "dotnet": "cs fs vb",
    }.items()
    for ending in endings.split()
}
