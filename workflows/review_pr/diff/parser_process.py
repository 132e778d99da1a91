"""The process that parses: a kind and two texts as JSON on standard input, whether each parses on standard output."""

from __future__ import annotations

import ast
import json
import sys
import tomllib
import warnings
from importlib import import_module
from typing import Any

from sandbox.processes import own_program

_MEMORY = 1024**3
_CPU_SECONDS = 8
_TREE_SITTER = {
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "php": ("tree_sitter_php", "language_php"),
}


def main() -> None:
    own_program.bound(_MEMORY, _CPU_SECONDS)
    warnings.simplefilter("ignore")
    kind, *texts = json.loads(sys.stdin.buffer.read())
    sys.stdout.write(" ".join("true" if _parses(kind, text) else "false" for text in texts))


def _parses(kind: str, text: str) -> bool:
    try:
        match kind:
            case "python":
                ast.parse(text)
            case ".json":
                json.loads(text)
            case ".toml":
                tomllib.loads(text)
            case ".yml" | ".yaml":
                _yaml(text)
            case _:
                return _by_tree_sitter(kind, text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


def _yaml(text: str) -> None:
    """Its events alone: no value is made of it, so no alias can grow."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        for _ in YAML(typ="safe", pure=True).parse(text):
            pass
    except YAMLError as error:
        raise ValueError from error


def _by_tree_sitter(kind: str, text: str) -> bool:
    """Whether the tree has no part that could not be read; True where there is no grammar."""
    import tree_sitter

    package, function = _TREE_SITTER.get(kind, (f"tree_sitter_{kind}", "language"))
    try:
        binding: Any = import_module(package)
    except ImportError:
        return True
    parser = tree_sitter.Parser(tree_sitter.Language(getattr(binding, function)()))
    return not parser.parse(text.encode("utf-8", "replace")).root_node.has_error


if __name__ == "__main__":
    main()
