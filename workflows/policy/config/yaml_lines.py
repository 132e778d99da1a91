"""YAML from a repository as plain values, with the line of each key; bounded, and without what can explode."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, DocumentStartEvent, NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from workflows.errors import ConfigError

Path = tuple[str | int, ...]
Lines = dict[Path, int]

MAX_CHARACTERS = 64 * 1024
MAX_DEPTH = 10
_MOST_BITS = 64
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "map", "seq", "timestamp")}


def load(text: str, path: str) -> tuple[Any, Lines]:
    """The document and the line (from 1) of every key and item by its path; None for an empty document.

    Raises ConfigError for bad syntax, repeated keys, anchors, tags, more than one document, texts that cannot be kept,
    and for too much of anything. `path` is the file's name in the message.
    """
    if len(text) > MAX_CHARACTERS:
        raise ConfigError(f"The file is longer than {MAX_CHARACTERS // 1024} KB.", "Make it shorter.", place=path)
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 2)
    try:
        _survey(YAML(typ="safe", pure=True), text, path)
        node = yaml.compose(text)
        lines: Lines = {}
        return (None if node is None else _value(yaml, node, (), lines, path)), lines
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        problem = error.problem or "it cannot be read"
        raise ConfigError(f"This is not YAML: {problem}.", "Mend the line.", place=f"{path}:{line}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        said = str(error).splitlines()[0][:200] if str(error) else "it cannot be read"
        raise ConfigError(f"This is not YAML: {said}.", "Mend the file.", place=f"{path}:1") from None


def _survey(yaml: YAML, text: str, path: str) -> None:
    """Look at the events alone, before anything is built from them."""
    depth = documents = 0
    for event in yaml.parse(text):
        place = f"{path}:{event.start_mark.line + 1}"
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor is not None):
            raise ConfigError("Anchors and aliases are not read here.", "Write the value out.", place=place)
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise ConfigError("There is more than one document.", "Remove the `---`.", place=place)
        elif isinstance(event, CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise ConfigError("The file is nested too deeply.", "No key here needs that.", place=place)
        elif isinstance(event, CollectionEndEvent):
            depth -= 1


def _value(yaml: YAML, node: Node, at: Path, lines: Lines, path: str) -> Any:
    place = f"{path}:{node.start_mark.line + 1}"
    if str(node.tag) not in _TAGS:
        raise ConfigError(f"The tag {str(node.tag)[:60]} is not read here.", "Remove it.", place=place)
    if isinstance(node, MappingNode):
        return _mapping(yaml, node, at, lines, path)
    if isinstance(node, SequenceNode):
        items = []
        for index, item in enumerate(node.value):
            lines[(*at, index)] = item.start_mark.line + 1
            items.append(_value(yaml, item, (*at, index), lines, path))
        return items
    assert isinstance(node, ScalarNode)
    if str(node.tag).endswith(":timestamp"):
        return str(node.value)
    try:
        value = yaml.constructor.construct_object(node)
    except (ValueError, LookupError):  # `!!bool maybe`, `!!int ""`, thousands of digits
        kind = str(node.tag).rpartition(":")[2]
        raise ConfigError(f"This cannot be read as {kind}.", "Write another value.", place=place) from None
    if isinstance(value, str):
        _need_storable(value, place)
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise ConfigError("The number is too large.", "Write a smaller one.", place=place)
    return value


def _need_storable(text: str, place: str) -> None:
    """ConfigError where no database keeps it and no answer can tell it: `"\\0"`, `"\\ud800"`."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ConfigError("The text holds what is no character.", "Remove the escape.", place=place)


def _mapping(yaml: YAML, node: MappingNode, at: Path, lines: Lines, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        place = f"{path}:{key_node.start_mark.line + 1}"
        if not isinstance(key_node, ScalarNode):
            raise ConfigError("A key must be a plain word.", "Mend the line.", place=place)
        key = str(key_node.value)
        _need_storable(key, place)
        if key in found:
            first = lines[(*at, key)]
            raise ConfigError(f"{key!r} stands here twice, first in line {first}.", "Keep one.", place=place)
        lines[(*at, key)] = key_node.start_mark.line + 1
        found[key] = _value(yaml, value_node, (*at, key), lines, path)
    return found
