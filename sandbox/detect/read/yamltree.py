"""YAML as plain values that remember their lines, safe against alias bombs and odd tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

_NODES = 20_000
_BYTES = 128 * 1024


class Text(str):
    """A scalar with the line (from 1) on which its text begins."""

    line: int
    __slots__ = ("line",)

    def __new__(cls, value: str, line: int = 0) -> Text:
        text = super().__new__(cls, value)
        text.line = line
        return text


@dataclass(slots=True)
class _Budget:
    left: int = _NODES


def load(text: str) -> dict[str, Any]:
    """The document's mapping: dicts, lists and `Text`; empty where it cannot be read."""
    if len(text) > _BYTES or not text.strip():
        return {}
    try:
        node = YAML(typ="safe", pure=True).compose(text)
        data = _plain(node, _Budget(), 0)
    except (YAMLError, RecursionError, ValueError, AttributeError, TypeError, IndexError, KeyError, AssertionError):
        return {}  # the parser's own failures on malformed input come as any of these
    return data if isinstance(data, dict) else {}


def _plain(node: Any, budget: _Budget, depth: int) -> Any:
    budget.left -= 1
    if budget.left < 0 or depth > 60:
        return Text("")
    if isinstance(node, MappingNode):
        return {str(_plain(key, budget, depth + 1)): _plain(value, budget, depth + 1) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [_plain(item, budget, depth + 1) for item in node.value]
    if isinstance(node, ScalarNode):
        block = node.style in ("|", ">")
        return Text(str(node.value), node.start_mark.line + (2 if block else 1))
    return Text("")
