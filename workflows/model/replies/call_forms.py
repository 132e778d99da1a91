"""Forms of a call in text that are neither a JSON object by itself nor markup of XML: each family's own tokens.

Servers that do not know a model's template hand these on as they are. Full-width bars and low lines
(DeepSeek) are read as plain ones.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from workflows.text.loose_json import loosely

_PLAIN = str.maketrans({"\uff5c": "|", "\u2581": "_"})
_FORMS = (
    # Kimi, DeepSeek: https://huggingface.co/moonshotai/Kimi-K2-Instruct/blob/main/docs/tool_call_guidance.md
    r"(?:<\|tool_calls?(?:_section)?_begin\|>\s*)?<\|tool_call_begin\|>(?:function<\|tool_sep\|>)?@(?::\d+)?"
    r"\s*(?:<\|tool_sep\|>|<\|tool_call_argument_begin\|>|\n)\s*(?:```(?:json)?\s*)?",
    r"\[TOOL_CALLS\]@(?:\[CALL_ID\]\w+)?(?:\[ARGS\]|(?=\s*\{))",  # Mistral's newer tokenisers
    r"<tool_call>\s*@\s*<tool_sep>\s*(?:```(?:json)?\s*)?",  # Hunyuan
    r"(?:<\|start\|>assistant)?(?:<\|channel\|>)?(?:commentary|analysis) to=@[^{]{0,60}<\|message\|>",  # gpt-oss
    r"^>>>@[ \t]*\n",  # functionary
    r"^Action:[ \t]*@[ \t]*\nAction Input:[ \t]*(?:```(?:json)?\s*)?",  # ReAct
    r"\A\s*@[ \t]*\n(?=\{)",  # GLM-4
    r"^[ \t]*```@[ \t]*\n(?=\s*\{)",  # a fence in the name of the tool
)
_BEGINS = [re.compile(form.replace("@", r"(?:functions\.)?([\w-]{1,80})", 1), re.MULTILINE) for form in _FORMS]
_ENDS = re.compile(
    r"\s*(?:```)?\s*(?:</tool_calls?>\s*)*(?:<\|(?:tool_call_end|tool_calls_end|tool_calls_section_end|call|end|eom_id)\|>\s*)*"
)
_GLM = re.compile(
    r"<tool_call>\s*(?P<name>[\w-]{1,80})\s*"
    r"(?P<rest>(?:<arg_key>(?:(?!</arg_value>|<tool_call>).)*+</arg_value>\s*)*+)(?:</tool_call>|\Z)",
    re.DOTALL,
)
_LONGCAT = re.compile(r"(</?)longcat_(?=tool_call>|arg_key>|arg_value>)")
"""GLM's form under another name: https://huggingface.co/meituan-longcat/LongCat-Flash-Chat."""
_PAIR = re.compile(r"<arg_key>((?:(?!</?arg_key>).)*+)</arg_key>\s*<arg_value>(.*?)</arg_value>", re.DOTALL)
_GEMMA = re.compile(r"(?:<start_function_call>|<\|tool_call>)\s*call:([\w-]{1,80})\{")
_GEMMAS_ENDS = ("}<end_function_call>", "}<tool_call|>")
_GEMMAS_QUOTES = ("<escape>", '<|"|>')
"""https://ai.google.dev/gemma/docs/functiongemma"""
_GEMMAS_KEY = re.compile(r"([\w-]{1,60})\s{0,9}:\s{0,9}\Z")
_GEMMAS_PAIRS = re.compile(r"([\w-]{1,60})\s{0,9}:\s{0,9}([^\s,{}\[\]][^,{}\[\]]{0,200})(?=,|\Z)")
_MOST_CODE = 20_000
_MOST_TAGS = 50
_CHILD = re.compile(r"\s*<([a-z_]{1,40})>")

Call = tuple[str, str]
Place = tuple[int, int, tuple[Call, ...]]


def places(text: str, tools: Collection[str]) -> Iterator[Place]:
    """Where calls in one of these forms stand, and what they call."""
    decoder = json.JSONDecoder(strict=False)
    plain = text.translate(_PLAIN)
    for found in (found for form in _BEGINS for found in form.finditer(plain)):
        name = found[1]
        try:
            value, end = decoder.raw_decode(text, _skipped(text, found.end()))
        except (ValueError, RecursionError):
            continue
        if name in tools and isinstance(value, dict):
            closed = _ENDS.match(plain, end)
            yield found.start(), closed.end() if closed else end, ((name, json.dumps(value)),)
    yield from _of_gemma(text, tools)
    for found in _GLM.finditer(text):
        if found["name"] in tools:
            given = {key.strip(): loosely(value, value) for key, value in _PAIR.findall(found["rest"])}
            yield found.start(), found.end(), ((found["name"], json.dumps(given)),)
    yield from _in_own_tags(text, tools)


def _of_gemma(text: str, tools: Collection[str]) -> Iterator[Place]:
    """`call:read{path:<escape>a.py<escape>,lines:3}` between its own tokens."""
    end = 0
    while (found := _GEMMA.search(text, end)) is not None:
        ends = [(at, mark) for mark in _GEMMAS_ENDS if (at := text.find(mark, found.end())) >= 0]
        if not ends:
            return
        at, mark = min(ends)
        end = at + len(mark)
        given = _gemmas(text[found.end() : at])
        if given is not None and found[1] in tools:
            yield found.start(), end, ((found[1], json.dumps(given)),)


def _gemmas(inner: str) -> dict[str, Any] | None:
    """The arguments between two braces; what stands between two quotes is a text. None where it is cut off."""
    quote = next((one for one in _GEMMAS_QUOTES if one in inner), _GEMMAS_QUOTES[0])
    given: dict[str, Any] = {}
    parts = inner.split(quote)
    for number, part in enumerate(parts):
        if number % 2 == 0:
            given |= {name: loosely(value, value) for name, value in _GEMMAS_PAIRS.findall(part) if value.strip()}
        elif key := _GEMMAS_KEY.search(parts[number - 1][-100:]):
            given[key[1]] = part
    return given if len(parts) % 2 and (given or not inner.strip()) else None


def renamed(text: str) -> str:
    """The text with one family's tags under the names that another gave them first."""
    return _LONGCAT.sub(r"\1", text) if "longcat_" in text else text


def _in_own_tags(text: str, tools: Collection[str]) -> Iterator[Place]:
    """`<read><path>a.py</path></read>`: tags called like the tool and its arguments, Cline's and Roo's way."""
    for name in tools:
        at = 0
        for _ in range(_MOST_TAGS):
            start = text.find(f"<{name}>", at)
            end = text.find(f"</{name}>", start) if start >= 0 else -1
            if end < 0:
                break
            given = children(text[start + len(name) + 2 : end])
            if given and text.count("```", at, start) % 2 == 0:
                yield start, end + len(name) + 3, ((name, json.dumps(given)),)
            at = end


def children(inner: str) -> dict[str, Any]:
    """What stands in tags behind each other; {} where anything else stands there."""
    given: dict[str, Any] = {}
    at = 0
    while (found := _CHILD.match(inner, at)) is not None and len(given) < _MOST_TAGS:
        end = inner.find(f"</{found[1]}>", found.end())
        if end < 0:
            return {}
        value = re.sub(r"\A\r?\n|\r?\n[ \t]*\Z", "", inner[found.end() : end])
        given[found[1]] = loosely(value, value) if value.strip().isdigit() else value
        at = end + len(found[1]) + 3
    return {} if inner[at:].strip() else given


def of_code(text: str, tools: Collection[str]) -> tuple[Call, ...]:
    """Calls in the form of Python's, which are all that the text holds: `[read(path="a.py"), shell(command="ls")]`.

    Llama 4's and Gemma's way. Arguments have names and are literals; () where anything else is there.
    """
    if len(text) > _MOST_CODE or "(" not in text:
        return ()
    try:
        body = ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    nodes = [node.value for node in body if isinstance(node, ast.Expr)]
    if len(nodes) != len(body) or not nodes:
        return ()
    flat = [inner for node in nodes for inner in (node.elts if isinstance(node, ast.List) else [node])]
    calls = [_of_node(node, tools) for node in flat]
    return tuple(call for call in calls if call is not None) if None not in calls else ()


def _of_node(node: ast.expr, tools: Collection[str]) -> Call | None:
    if not isinstance(node, ast.Call):
        return None
    name = _dotted(node.func)
    if name == "print" and len(node.args) == 1 and not node.keywords:
        return _of_node(node.args[0], tools)
    name = re.sub(r"^(default_api|functions|tools)\.|\.call$", "", name)
    if name not in tools or node.args or any(k.arg is None for k in node.keywords):
        return None
    try:
        given = {str(k.arg): ast.literal_eval(k.value) for k in node.keywords}
        return name, json.dumps(given)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return None


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{_dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at
