"""Tool calls that a model wrote as text, where its server does not know them for calls.

Only what has the form of a call and the name of a declared tool is one. The first group counts: what a
model writes behind its calls are results that it has made up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from workflows.model.replies import call_forms
from workflows.text.loose_json import loosely

MOST_CALLS = 16
_MOST = 200_000
_STARTS = 60
_MOST_PLACES = 500

_NAMES = ("name", "tool", "tool_name", "function", "action", "recipient_name")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "tool_input", "action_input", "params", "kwargs")
_RESULTS = ("result", "results", "output", "error", "status", "version", "description", "content_type")
_BESIDE = frozenset({*_NAMES, *_ARGUMENTS, "type", "id", "call_id", "tool_call_id", "index", "thought", "thoughts"})

_FENCE = re.compile(r"(```|~~~)[ \t]*+([\w+-]*)[ \t]*\r?\n(.*?)(?:\1|\Z)", re.DOTALL)
_CODE = frozenset({"tool_code", "tool_call", "tool"})
_TAG = re.compile(
    r"<((?:\w+:)?(?:tool_?calls?|function_calls?|tool_use|tools?|function|invoke))\b[^>\n]{0,200}>"
    r"(.*?)(?:(?P<closed></\1>)|(?=<\1\b)|\Z)"
    r"|<function=[^>\n]{1,80}>(?:.*?)(?:</function>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_MARK = re.compile(
    r"\[TOOL_CALLS\]|<\|python_tag\|>|<\|tool_call\|>|functools(?=\s*\[)|<\|tool_calls_section_begin\|>"
    r"|<\|tool_call_start\|>|<\|tools_prefix\|>|<\|START_ACTION\|>|<\|action_start\|>(?:\s*<\|\w+\|>)?"
)
_DSML = re.compile("(</?)[|\uff5c]DSML[|\uff5c]")
"""DeepSeek's own mark before the names of its tags: https://huggingface.co/deepseek-ai/DeepSeek-V3.2."""
_AROUND = re.compile(r"<(?:\w{1,20}:)?(?:tool|function)_calls>\Z", re.IGNORECASE)
"""What opens around calls, and is nothing said."""
_REST_OF_FENCE = re.compile(r"\s*(?:```|~~~)?")
_FORGOTTEN = ("}", "}}", "]", "}]", "}}]")
_NAMED = re.compile(r"<(?:\w+:)?(?:function=|invoke name=\"|function name=\")([\w.-]{1,80})\"?>")
_NAME_AND_INPUT = re.compile(
    r"\A\s*<(?:tool_)?name>\s*([\w.-]{1,80})\s*</(?:tool_)?name>\s*<(input|arguments|parameters|args)>(.*)</\2>",
    re.DOTALL,
)
_PARAMETER = re.compile(
    r"<(?:\w+:)?parameter(?:=|\s+name=\")([\w.-]{1,80})\"?[^>\n]{0,80}>\r?\n?(.*?)(?:\r?\n)?"
    r"(?:</(?:\w+:)?parameter>|(?=<(?:\w+:)?parameter\b)|\Z)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Written:
    """Calls as (name, arguments as JSON), and the prose before them."""

    before: str
    calls: tuple[tuple[str, str], ...] = ()


def written(text: str, tools: Collection[str]) -> Written:
    """The calls in an answer that held none of another kind; without calls all of it is prose."""
    text = call_forms.renamed(_DSML.sub(r"\1", text[:_MOST]))
    found = _grouped(text, sorted(_found(text, tools)))
    if not found:
        return Written(text)
    calls = tuple(dict.fromkeys(call for _, _, group in found for call in group))
    return Written(_AROUND.sub("", text[: found[0][0]].strip()).strip(), calls[:MOST_CALLS])


_Place = tuple[int, int, tuple[tuple[str, str], ...]]


def _found(text: str, tools: Collection[str]) -> Iterator[_Place]:
    """Where calls stand, each once: in tags, in fences, behind a mark, or as the whole answer."""
    yield from call_forms.places(text, tools)
    for tag in islice(_TAG.finditer(text), _MOST_PLACES):
        inner = tag[0] if tag[2] is None or _NAMED.match(tag[0]) else tag[2]
        given = _in_markup(inner, tools) or _in_json(inner, tools) or _loosely(inner, tools)
        if calls := given or call_forms.of_code(inner, tools) or (_mended(inner, tools) if tag["closed"] else ()):
            yield tag.start(), tag.end(), calls
    yield from _in_fences(text, tools)
    for mark in islice(_MARK.finditer(text), _STARTS):
        rest = text[mark.end() :]
        if calls := _in_json(rest, tools) or call_forms.of_code(re.sub(r"<\|\w+\|>\s*\Z", "", rest), tools):
            yield mark.start(), len(text), calls
    bare = text.strip()
    if calls := call_forms.of_code(bare, tools):
        yield 0, len(text), calls
    at = bare.find("{")
    if at >= 0 and (bare[0] in "{[" or bare[-1] in "}]") and (ended := _at_an_end(bare, tools)):
        yield text.find(bare) + ended[0], len(text), ended[1]


def _in_fences(text: str, tools: Collection[str]) -> Iterator[_Place]:
    at = 0
    for _ in range(_MOST_PLACES):
        fence = _FENCE.search(text, at)
        if fence is None:
            return
        whole, end = _json_from(text, fence.start(3), tools)
        if whole and end > fence.end(3):  # a fence in a text that is written, not the end of this one
            closed = _REST_OF_FENCE.match(text, end)
            at = closed.end() if closed else end
            yield fence.start(), at, whole
            continue
        at = fence.end()
        code = call_forms.of_code(fence[3], tools) if fence[2] in _CODE else ()
        if calls := code or _in_json(fence[3], tools) or _loosely(fence[3], tools):
            yield fence.start(), at, calls


def _grouped(text: str, places: list[_Place]) -> list[_Place]:
    """The first calls, and those that follow them without a word between."""
    group: list[_Place] = []
    for place in places:
        if group and place[0] < group[-1][1]:  # within the one before, as a fence in a tag
            continue
        if text[text.rfind("\n", 0, place[0]) + 1 : place[0]].lstrip().startswith(">"):
            continue  # a quotation
        if group and text[group[-1][1] : place[0]].strip(" \t\r\n,;"):
            break
        group.append(place)
    return group


def _in_markup(text: str, tools: Collection[str]) -> tuple[tuple[str, str], ...]:
    """`<function=read><parameter=path>a.py</parameter></function>`, and the same with `invoke name="read"`."""
    if (one := _NAME_AND_INPUT.search(text)) and one[1] in tools:
        return ((one[1], json.dumps(_first_object(one[3].strip()) or call_forms.children(one[3]))),)
    calls = []
    starts = list(_NAMED.finditer(text))
    for number, start in enumerate(starts):
        if start[1] not in tools:
            continue
        body = text[start.end() : starts[number + 1].start() if number + 1 < len(starts) else len(text)]
        given = {name: _value(value) for name, value in _PARAMETER.findall(body)}
        inner = re.sub(r"</(?:function|invoke|tool_call)>.*", "", body, flags=re.DOTALL).strip()
        if not given and inner.startswith("{"):
            given = _first_object(inner)
        calls.append((start[1], json.dumps(given)))
    return tuple(calls)


def _in_json(text: str, tools: Collection[str]) -> tuple[tuple[str, str], ...]:
    """One call, a list of them, or several behind each other; () where anything else stands there first."""
    return _json_from(text, 0, tools)[0]


def _json_from(text: str, at: int, tools: Collection[str]) -> tuple[tuple[tuple[str, str], ...], int]:
    """The calls that begin at a place, and where the last of them ends."""
    calls: list[tuple[str, str]] = []
    decoder, end = json.JSONDecoder(strict=False), at
    for _ in range(_STARTS):
        while at < len(text) and text[at] in (" \t\r\n,;" if calls else " \t\r\n"):
            at += 1
        if text[at : at + 1] not in ("{", "["):
            break
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        made = [_call(item, tools) for item in _items(value)]
        if None in made:
            break
        calls += [call for call in made if call is not None]
        end = at
    return tuple(calls), end


def _at_an_end(text: str, tools: Collection[str]) -> tuple[int, tuple[tuple[str, str], ...]] | None:
    """Calls that are the whole text, or that follow prose until its end, and where they begin."""
    if text[0] in "{[" and (calls := _in_json(text, tools)):
        return 0, calls
    for start in [found.start() for found in re.finditer(r"(?m)^[ \t]*[{\[]", text)][:_STARTS]:
        candidate = text[start:].strip()
        calls = _in_json(candidate, tools)
        if calls and candidate[-1] in "}]":
            return start, calls
    return None


def _mended(text: str, tools: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Calls whose tag was closed, though a bracket was not: no limit cut them off."""
    bare = text.strip()
    return next((calls for more in _FORGOTTEN if (calls := _in_json(bare + more, tools))), ())


def _loosely(text: str, tools: Collection[str]) -> tuple[tuple[str, str], ...]:
    """One call or a list of them in JSON as people write it."""
    made = [_call(item, tools) for item in _items(loosely(text))]
    return tuple(call for call in made if call is not None) if None not in made else ()


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict) and isinstance(value.get("tool_calls"), list):
        return list(value["tool_calls"])
    return value if isinstance(value, list) and value else [value]


def _call(value: Any, tools: Collection[str]) -> tuple[str, str] | None:
    """A JSON value as a call of a declared tool; None where it is anything else."""
    if not isinstance(value, dict):
        return None
    for wrapped in ("function", "function_call"):
        if isinstance(value.get(wrapped), dict):
            value = value[wrapped]
    only = next(iter(value), "")
    if len(value) == 1 and only in tools and isinstance(value[only], dict):
        return only, json.dumps(value[only])
    name = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), "")
    name = name.removeprefix("functions.")
    if name in tools and not value.keys() & {"name", *_ARGUMENTS, *_RESULTS} and value.keys() - _BESIDE:
        return name, json.dumps({key: given for key, given in value.items() if key not in _BESIDE})
    if name not in tools or not value.keys() <= _BESIDE:
        return None
    given: Any = next((value[key] for key in _ARGUMENTS if key in value), None) or {}
    if isinstance(given, Mapping):
        return name, json.dumps(given)
    return (name, given or "{}") if isinstance(given, str) else None


def _value(text: str) -> Any:
    """A parameter in markup: a number or a list as JSON, all else as it stands."""
    if text.strip()[:1] in "[{0123456789tfn" and len(text) < 10_000:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return text
        return text if isinstance(value, float) else value
    return text


def _first_object(text: str) -> dict[str, Any]:
    try:
        value = json.JSONDecoder(strict=False).raw_decode(text)[0]
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
