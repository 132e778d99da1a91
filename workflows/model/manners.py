"""What a server was found to want otherwise than others do: learnt from what it refused, for the calls that follow.

A refusal that a different request answers is no failure: a shorter answer, a limit by its other name,
tools in words, no schema, reasoning sent back or left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

LEAST = 256
"""Tokens; an answer that may not even have these is none."""
ROOM = 1024
"""Tokens; where a prompt leaves fewer, it is the prompt that has to be shorter."""
_SPARE = 64
"""Tokens between what a provider counts and what fits by its own words."""

_LIMIT = r"max_(?:completion_|output_|new_)?tokens|num_predict|max(?:Output)?Tokens|maximum tokens you requested"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_OTHER_NAME = _any(
    r"use ['`\"]?max_completion_tokens",
    r"\bmax_tokens\b['`\"]?[^.\n]{0,40}(?:not supported|unsupported|deprecated|unknown)",
    r"(?:unsupported|unknown|unrecognized|unexpected)[^.\n]{0,30}['`\"]max_tokens\b",
)
_OLD_NAME = _any(
    r"max_completion_tokens\b[^.\n]{0,80}(?:not supported|unsupported|unknown|unrecognized|not permitted|extra)",
    r"(?:unsupported|unknown|unrecognized|unexpected|extra)[^.\n]{0,60}max_completion_tokens",
)
_ANSWER_LIMIT = _any(_LIMIT, "completion tokens", "output tokens", "maximum output")
_OUT_OF_RANGE = _any(
    r"too (?:large|high|big)|at most|less than|greater than|exceed|maximum|range|invalid|above|larger|<=|>|integer"
)
_TOOLS = r"(?:tools?|tool[-_ ](?:use|choice|call(?:s|ing)?)|functions?|function[-_ ]call(?:s|ing)?)"
_NO_TOOLS = _any(
    r"(?:not|n't) support(?:ed|ing)? (?:for )?(?:\w+ ){0,3}?(?:tools?\b|function|tool[- _]?(?:use|call|choice))",
    rf"{_TOOLS}['`\"]? (?:is|are|param(?:eter)?s?|input)? ?(?:not|un)[ -]?(?:supported|available|enabled|permitted)",
    rf"\b{_TOOLS}['`\"]?[^.\n]{{0,40}}(?:extra inputs|extra_forbidden|not permitted|unrecognized|unknown)",
    rf"(?:unsupported|unknown|unrecognized)[^.\n]{{0,30}}['`\"]{_TOOLS}['`\"]",
    "no endpoints found that support tool",  # OpenRouter
    "enable-auto-tool-choice|tool-call-parser",  # vLLM
    "tools param requires|--jinja",  # llama.cpp
    "function calling is not enabled",
)
_NO_SCHEMA = _any(
    r"response_format|response format|response_schema|json_schema|json.?mode|structured.outputs?",
    r"output_config|output_format|grammar|guided",
)
_ALTERNATE = _any(
    r"roles? must alternate|alternat\w+ (?:between|roles?)|(?:unexpected|invalid) role .{0,40}(?:after|follow)",
    r"consecutive (?:user|assistant|messages)|multiple (?:user|assistant) messages in a row",
)
_NO_SYSTEM = _any(
    r"system (?:role|message|prompt|instruction)s?[^.\n]{0,20} not (?:supported|enabled|allowed|permitted)",
    r"(?:not|n't) support (?:the )?(?:system|developer) (?:role|message|prompt|instruction)",
    r"developer instruction is not enabled|only user and assistant roles are (?:supported|allowed)",
)
_IDS = _any(
    r"tool[_ ]?(?:call|use)[_ .]?ids?\b[^\n]{0,80}(?:must|match|length|invalid|pattern|too long|maximum)",
    r"tool_(?:calls|use)[\[.\]\d]*\.id\b|tool_use\.id",
)
_REASONING = _any(r"reasoning_content|reasoning_details|thinking_blocks|\bthinking\b|signature")
_BACK = _any(
    r"must be passed back",
    r"missing `?reasoning|reasoning_content[^.\n]{0,30}(?:required|missing)",
    r"expected `?thinking",
)
_WINDOW_AND_PROMPT = (
    re.compile(
        r"(?P<prompt>[\d,]{1,15}) \+ [\d,]{1,15} > (?P<window>[\d,]{1,15})"
    ),  # Anthropic: prompt + answer > window
    re.compile(  # text-generation-inference and what is built on it
        r"must be <= (?P<window>[\d,]{1,15})\. Given: (?P<prompt>[\d,]{1,15}) `?inputs", re.IGNORECASE
    ),
    re.compile(  # OpenAI, vLLM, OpenRouter
        r"maximum context length (?:is|of) (?P<window>[\d,]{1,15})(?:.{0,120}?)\(?\b(?P<prompt>[\d,]{1,15})"
        r" (?:input tokens|in the messages|of text input|in the prompt|prompt tokens|tokens from the input)",
        re.IGNORECASE | re.DOTALL,
    ),
)
_TOOL_INPUT = re.compile(r"([\d,]{1,15}) of tool input", re.IGNORECASE)
_PER_MINUTE = re.compile(
    r"request too large.{0,400}?Limit ([\d,]{1,15}), Requested ([\d,]{1,15})", re.IGNORECASE | re.DOTALL
)
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]{1,9}(?![\w.]*[a-z])")


@dataclass(frozen=True, slots=True)
class Manners:
    """How one model is asked. `most` is the longest answer that it takes, None while that is not known."""

    most: int | None = None
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    tools: bool = True
    """Whether tools are declared; else they are described in words."""
    schema: bool = True
    system: bool = True
    """Whether there is a role of that name; else its words begin the first message."""
    in_a_row: bool = True
    """Whether what a person says may follow what a person says, or a tool's result."""
    own_ids: bool = True
    """Whether a call's id may be as it came; else it is nine letters and digits, which is what all take."""
    reasoning: Literal["back", "always", "never"] = "back"

    def tokens(self, wanted: int) -> int:
        return wanted if self.most is None else min(wanted, self.most)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What to do otherwise: `manners` from now on, and an answer of `tokens` for this prompt."""

    manners: Manners
    tokens: int


def lesson(status: int | None, text: str, manners: Manners, tokens: int, *, tools: bool, schema: bool) -> Lesson | None:
    """What a refusal teaches, None where asking otherwise would not help. `tokens` were asked for."""
    if status is not None and (status in (401, 402, 403) or (status >= 500 and status != 500)):
        return None
    if manners.limit == "max_tokens" and _OTHER_NAME.search(text):
        return Lesson(replace(manners, limit="max_completion_tokens"), tokens)
    if manners.limit == "max_completion_tokens" and _OLD_NAME.search(text):
        return Lesson(replace(manners, limit="max_tokens"), tokens)
    if tools and manners.tools and _NO_TOOLS.search(text):
        return Lesson(replace(manners, tools=False), tokens)
    if (taught := _about_forms(text, manners, tools=tools)) is not None:
        return Lesson(taught, tokens)
    if schema and manners.schema and _NO_SCHEMA.search(text):
        return Lesson(replace(manners, schema=False), tokens)
    if (taught := _about_reasoning(text, manners)) is not None:
        return Lesson(taught, tokens)
    if (left := _left_for_an_answer(text, tokens)) is not None:
        return Lesson(manners, left) if min(ROOM, tokens - 1) <= left < tokens else None
    most = _most(text, tokens)
    return Lesson(replace(manners, most=most), most) if most is not None else None


def fills_the_window(text: str) -> bool:
    """Whether a refusal tells by numbers that prompt and answer together are too long."""
    return any(shape.search(text) for shape in _WINDOW_AND_PROMPT)


def limits_answers(text: str) -> bool:
    """Whether a refusal is about how long the answer may be."""
    return bool(_ANSWER_LIMIT.search(text) and (_OUT_OF_RANGE.search(text) or _OTHER_NAME.search(text)))


def knows_no_tools(text: str) -> bool:
    return bool(_NO_TOOLS.search(text))


def wants_reasoning(text: str) -> bool:
    return bool(_BACK.search(text))


def _about_forms(text: str, manners: Manners, *, tools: bool) -> Manners | None:
    """Whose turn it is, by the templates of many a model of one's own; and how calls may be named."""
    if _NO_SYSTEM.search(text):
        if manners.system:
            return replace(manners, system=False)
        if tools and manners.tools:
            return replace(manners, tools=False)
    if _ALTERNATE.search(text) and manners.in_a_row:
        return replace(manners, in_a_row=False)
    if _IDS.search(text) and manners.own_ids:
        return replace(manners, own_ids=False)
    return None


def _about_reasoning(text: str, manners: Manners) -> Manners | None:
    if not _REASONING.search(text):
        return None
    if _BACK.search(text):
        return replace(manners, reasoning="always") if manners.reasoning != "always" else None
    return replace(manners, reasoning="never") if manners.reasoning != "never" else None


def _left_for_an_answer(text: str, tokens: int) -> int | None:
    """What fits behind this prompt, where the provider tells its own numbers."""
    if found := _PER_MINUTE.search(text):
        limit, requested = (_int(number) for number in found.groups())
        return limit - max(0, requested - tokens) - _SPARE
    for shape in _WINDOW_AND_PROMPT:
        if found := shape.search(text):
            more = _TOOL_INPUT.search(text)
            return _int(found["window"]) - _int(found["prompt"]) - (_int(more[1]) if more else 0) - _SPARE
    return None


def _most(text: str, tokens: int) -> int | None:
    """The longest answer that a refusal names, else half of what was asked for; None where it is about other things."""
    if not limits_answers(text):
        return None
    named = [number for found in _NUMBER.findall(text) if LEAST <= (number := _int(found)) < tokens]
    if named:
        return max(named)
    return tokens // 2 if tokens >= 2 * LEAST else None


def _int(text: str) -> int:
    return int(text.replace(",", "") or 0)
