"""Which files make a directory a project of an ecosystem, and which endings its code has."""

from __future__ import annotations

import re

from sandbox.detect.read.source import Source

_MANIFESTS = {
    "python": r"pyproject\.toml|setup\.(py|cfg)|Pipfile|[\w-]*requirements[\w.-]*\.(txt|in)|tox\.ini"
    r"|noxfile\.py|pytest\.ini|manage\.py|uv\.lock|pixi\.toml",
    "javascript": r"package\.json",
    "deno": r"deno\.jsonc?",
    "rust": r"Cargo\.toml",
    "go": r"go\.mod",
    "jvm": r"pom\.xml|(build|settings)\.gradle(\.kts)?",
    "ruby": r"Gemfile|[\w-]+\.gemspec",
    "php": r"composer\.json",
    "elixir": r"mix\.exs",
    "dotnet": r"[\w .-]+\.(slnx?|csproj|fsproj)",
    "native": r"CMakeLists\.txt|meson\.build|configure\.ac",
    "swift": r"Package\.swift",
    "terraform": r"[\w-]+\.tf",
    "bazel": r"MODULE\.bazel|WORKSPACE(\.bazel)?",
    "dart": r"pubspec\.yaml",
    "haskell": r"[\w.-]+\.cabal|stack\.yaml|cabal\.project",
    "ocaml": r"dune-project",
    "scala": r"build\.sbt",
    "clojure": r"deps\.edn|project\.clj",
    "erlang": r"rebar\.config|erlang\.mk",
    "zig": r"build\.zig",
    "lua": r"[\w.-]+\.rockspec|\.busted|\.luacheckrc",
    "perl": r"Makefile\.PL|Build\.PL|cpanfile|dist\.ini",
    "r": r"DESCRIPTION",
    "julia": r"Project\.toml",
    "nim": r"[\w-]+\.nimble",
    "crystal": r"shard\.yml",
    "gleam": r"gleam\.toml",
    "elm": r"elm\.json",
    "solidity": r"foundry\.toml",
    "helm": r"Chart\.yaml",
    "pants": r"pants\.toml",
    "buck2": r"\.buckconfig",
    "nix": r"flake\.nix",
    "shell": r"(?!)",
    "powershell": r"(?!)",
}  # fmt: skip
_PATTERNS = {name: re.compile(rf"({pattern})$") for name, pattern in _MANIFESTS.items()}

ENDINGS = {
    ending: name
    for name, endings in {
        "python": "py pyx ipynb",
        "javascript": "js ts tsx jsx mjs cjs mts cts vue svelte astro",
        "rust": "rs",
        "go": "go",
        "jvm": "java kt kts scala groovy",
        "ruby": "rb",
        "php": "php",
        "elixir": "ex exs",
        "native": "c cc cpp cxx h hh hpp",
        "dotnet": "cs fs vb",
        "swift": "swift",
        "terraform": "tf",
        "dart": "dart",
        "haskell": "hs lhs",
        "ocaml": "ml mli",
        "clojure": "clj cljs cljc",
        "erlang": "erl hrl",
        "zig": "zig",
        "lua": "lua moon",
        "perl": "pl pm t",
        "r": "r",
        "julia": "jl",
        "nim": "nim",
        "crystal": "cr",
        "gleam": "gleam",
        "elm": "elm",
        "solidity": "sol",
        "nix": "nix",
        "shell": "sh bash bats",
        "powershell": "ps1 psm1",
    }.items()
    for ending in endings.split()
}


def manifest(source: Source, ecosystem: str, directory: str = ".") -> str:
    """The name of the file that makes a directory a project of that ecosystem, empty where none does."""
    pattern = _PATTERNS[ecosystem]
    return next((name for name in source.files(directory) if pattern.match(name)), "")


def manifest_names(source: Source, ecosystem: str, directory: str = ".") -> list[str]:
    """All such files of a directory."""
    return [name for name in source.files(directory) if _PATTERNS[ecosystem].match(name)]


def ecosystems(source: Source, directory: str = ".") -> list[str]:
    return [name for name in _PATTERNS if manifest(source, name, directory)]
