"""All that finds commands, put together: each ecosystem's finder, over each place of a repository."""

from __future__ import annotations

from pathlib import Path

from sandbox.detect import parts
from sandbox.detect.commands.ci.outside import unread
from sandbox.detect.commands.project import read
from sandbox.detect.languages import (
    deno,
    dotnet,
    elixir,
    files,
    golang,
    javascript,
    jvm,
    more,
    native,
    nix,
    others,
    php,
    python,
    ruby,
    rust,
)
from sandbox.detect.parts import Placed
from sandbox.detect.places import bare_notes, places
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Detection

_FINDERS = {
    "python": python.find,
    "javascript": javascript.find,
    "deno": deno.find,
    "rust": rust.find,
    "go": golang.find,
    "jvm": jvm.find,
    "ruby": ruby.find,
    "php": php.find,
    "elixir": elixir.find,
    "native": native.find,
    "dotnet": dotnet.find,
    "swift": others.swift,
    "terraform": others.terraform,
    "ansible": others.ansible,
    "bazel": others.bazel,
    "nix": nix.find,
    **{name: more.finder(name) for name in more.NAMES},
    "files": files.find,
}


_SILENT = frozenset(("bazel", "deno", "nix", "shell", "powershell"))
"""What lies beside a directory's main language, and is nothing by itself."""


def detect(root: Path) -> Detection:
    """The commands of the repository at `root`. Blocking, reads files only, never raises on what they hold."""
    source = Source(root)
    project = read(source)
    layout = places(project)
    placed: list[Placed] = []
    for place in layout.chosen:
        part = _FINDERS[place.ecosystem](project.below(place.directory))
        if part and (part.test or part.lint or part.types):
            placed.append(Placed(part, place.directory, place.used, place.covered))
        elif not place.covered and (notes := part.notes if part else ()):
            layout.notes.extend(notes)
        elif not place.covered and place.ecosystem not in _SILENT:
            layout.bare.setdefault(place.ecosystem, []).append(place.directory)
    bare = ((name, d) for name, directories in layout.bare.items() for d in directories)
    apart = [*((p.part.name, p.directory) for p in placed), *layout.cut, *bare]
    rest = project.without((e, directory) for name, directory in apart for e in parts.sightings(name))
    own = [Placed(part, ".", True) for find in _FINDERS.values() if (part := find(rest))]
    detection = parts.assembled(source, [*own, *placed], [*layout.notes, *bare_notes(source, layout), *unread(source)])
    return detection if detection.test else parts.with_nothing_to_test(source, detection)
