"""Where a file defines its names: by tree-sitter, and by line patterns where these are as good and 15 times faster.

Python and Elixir say `def` and `class` at the start of a line, so a pattern finds what a parser
finds (22,231 against 22,191 definitions in 841 files) in a fifteenth of its time. The other
languages need a parser; it is C code working on hostile input, so it runs in a process of its
own (see `extraction`) and only on files of a bounded size.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Query

LARGEST_PARSED = 400_000
"""Bytes. A larger file is generated or data; patterns do for it."""


_DEEPEST = 1_000
"""Brackets inside of brackets. A query takes quadratic time in them (50 s for 300,000), and tree-sitter's own way
of stopping one, progress_callback, crashed the process (tree-sitter 0.26.1)."""


class SourceDefinition(NamedTuple):
    """`offset` is in bytes; `depth` counts the definitions around it, VARIABLE for a top-level assignment."""

    name: str
    offset: int
    depth: int


VARIABLE = -1

_LINE_LANGUAGES = frozenset({"python", "elixir"})
_PYTHON = re.compile(rb"^([ \t]*)(?:async[ \t]{1,8}|cp|c)?(?:def|class)[ \t]{1,8}(?:inline[ \t])?(\w+)", re.MULTILINE)
_ASSIGNED = re.compile(rb"^([A-Za-z_]\w{1,80})[ \t]{0,8}(?::[^=\n]{1,80})?=(?!=)", re.MULTILINE)
_ANY = re.compile(
    rb"^([ \t]*)(?:[\w()]{1,20}[ \t]{1,4}){0,4}?"
    rb"(?:func|fun|function|fn|def|defp|defmacro|defmodule|sub|class|struct|interface|enum|trait|module|type|object)"
    rb"[ \t]{1,8}([A-Za-z_][\w.]{0,80})",
    re.MULTILINE,
)
_KINDS = (
    "function_declaration generator_function_declaration function_definition function_item "
    "function_signature_item method method_declaration method_definition method_spec method_elem singleton_method "
    "constructor_declaration class class_declaration abstract_class_declaration class_definition class_specifier "
    "interface_declaration enum_declaration enum_item enum_specifier enum_definition record_declaration "
    "struct_declaration struct_item struct_specifier union_specifier trait_item trait_declaration "
    "trait_definition object_declaration object_definition protocol_declaration type_spec type_alias "
    "type_alias_declaration type_item type_definition mod_item module module_declaration namespace_declaration "
    "namespace_definition const_item static_item const_spec macro_definition preproc_def preproc_function_def "
    "delegate_declaration variable_declarator "
)
_VARIABLES = frozenset({"variable_declarator", "const_spec", "const_item", "static_item", "preproc_def"})


def by_pattern(language: str, text: bytes) -> list[SourceDefinition]:
    """Definitions by line patterns, in the order of the text. Linear in its length."""
    if language == "python":
        found = [SourceDefinition(_text(m[2]), m.start(), _indent(m[1]) // 4) for m in _PYTHON.finditer(text)]
        found += [SourceDefinition(_text(m[1]), m.start(), VARIABLE) for m in _ASSIGNED.finditer(text)]
        return sorted(found, key=lambda definition: definition.offset)
    if not language:
        return []
    matches = _ANY.finditer(text)
    return [SourceDefinition(_text(m[2].rpartition(b".")[2] or m[2]), m.start(), _indent(m[1]) // 2) for m in matches]


def needs_parser(language: str | None, size: int) -> bool:
    return bool(language) and language not in _LINE_LANGUAGES and size <= LARGEST_PARSED


def by_parser(language: str, text: bytes) -> list[SourceDefinition]:
    """Definitions by tree-sitter, in the order of the text; by pattern where there is no grammar for it."""
    grammar = _grammar(language)
    if grammar is None or _nesting(text) > _DEEPEST:
        return by_pattern(language, text)
    from tree_sitter import QueryCursor

    parser, query = grammar
    names = QueryCursor(query).captures(parser.parse(text).root_node).get("name", [])
    found: list[SourceDefinition] = []
    around: list[int] = []  # ends of the definitions that enclose the present place
    for name in sorted(names, key=lambda node: node.start_byte):
        node = _definition_of(name)
        while around and around[-1] <= node.start_byte:
            around.pop()
        variable = node.type in _VARIABLES
        if variable and around:
            continue  # a local
        word = _text(text[name.start_byte : name.end_byte]).rpartition("::")[2]
        found.append(SourceDefinition(word, node.start_byte, VARIABLE if variable else len(around)))
        if not variable:
            around.append(node.end_byte)
    return found


def _definition_of(name: Node) -> Node:
    """The node that is named: the parent, or what is around a C declarator."""
    node = name.parent or name
    while node.type.endswith("declarator") and node.type != "variable_declarator" and node.parent is not None:
        node = node.parent
    return node


@cache
def _grammar(language: str) -> tuple[Parser, Query] | None:
    import tree_sitter

    package, function = _PACKAGES.get(language, (f"tree_sitter_{language}", "language"))
    try:
        binding: Any = import_module(package)
    except ImportError:
        return None
    grammar = tree_sitter.Language(getattr(binding, function)())
    kinds = [kind for kind in _KINDS.split() if grammar.id_for_node_kind(kind, True)]
    wanted = [pattern for kind in kinds if _compiles(grammar, pattern := f"({kind} name: (_) @name)")]
    wanted += [pattern for pattern in _EXTRA.get(language, ()) if _compiles(grammar, pattern)]
    return tree_sitter.Parser(grammar), tree_sitter.Query(grammar, " ".join(wanted))


def _compiles(grammar: Any, pattern: str) -> bool:
    from tree_sitter import Query, QueryError

    try:
        Query(grammar, pattern)
    except QueryError:
        return False
    return True


_PACKAGES = {
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "php": ("tree_sitter_php", "language_php"),
}
_C = (
    "(function_definition declarator: (function_declarator declarator: (_) @name))",
    "(function_definition declarator: (pointer_declarator declarator: (function_declarator declarator: (_) @name)))",
    "(function_definition declarator: (reference_declarator (function_declarator declarator: (_) @name)))",
    "(type_definition declarator: (type_identifier) @name)",
)
_EXTRA = {"c": _C, "cpp": _C}


def _nesting(text: bytes) -> int:
    """How deep the brackets go, those in strings and comments counted too."""
    return int(np.cumsum(_BRACKETS[np.frombuffer(text, np.uint8)]).max(initial=0))


_BRACKETS = np.zeros(256, np.int32)
_BRACKETS[list(b"([{")] = 1
_BRACKETS[list(b")]}")] = -1


def _indent(space: bytes) -> int:
    return len(space.expandtabs(4))


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
