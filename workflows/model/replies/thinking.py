"""What a model thinks aloud before it answers is not its answer: taken off, with or without an opening tag.

Templates of reasoning models put the opening tag into the prompt, so that the answer holds the
closing one alone; what stands before it may say the opposite of what follows.
"""

from __future__ import annotations

import re
from itertools import islice

_MOST_TAGS = 50
_NAMES = r"think|thinking|thought|reasoning|seed:think|mm:think|ant_thinking"
_OPEN = re.compile(rf"\A\s*(?:<(?:{_NAMES})>|\[THINK\]|◁think▷)", re.IGNORECASE)
_CLOSE = re.compile(rf"(?:</(?:{_NAMES})>|\[/THINK\]|◁/think▷)", re.IGNORECASE)
_ANSWER_BEGINS = re.compile(r"[ \t]*(?:\r?\n|\Z|[{\[<`#*-]|[A-Z])|\w")
_OTHER_FORMS = re.compile(
    r"\A\s*(?:<(?P<tag>reflection|scratchpad|analysis|inner_monologue|thoughts|\w{1,20}_thinking)>.*?</(?P=tag)>"
    r"|<\|begin_of_thought\|>.*?<\|end_of_thought\|>|<\|START_THINKING\|>.*?<\|END_THINKING\|>"
    r"|<\|thinking\|>.*?<\|/thinking\|>|<antThinking>.*?</antThinking>|<\|thought\|>.*?<\|/thought\|>"
    r"|<\|channel>thought\n.*?<channel\|>"  # Gemma
    r"|Here is my thought process:\s.*?\nHere is my response:"  # Granite
    r"|Here are my reasoning steps:\s.*?(?=\[BEGIN FINAL RESPONSE\])"  # Apriel
    r"|<unused94>.*?<unused95>|Thinking\.\.\.\r?\n.*?\.\.\.done thinking\.)",
    re.DOTALL | re.IGNORECASE,
)
"""Those that count where an answer begins with them, and nowhere else."""
_BEGINS = re.compile(r"\A\s*(?:<\|im_start\|>assistant\s*\n|<\|assistant\|>|<s>)")
_ENDS = re.compile(
    r"(?:<\|(?:im_end|eot_id|end_of_text|endoftext|end_of_turn)\|>|</s>|<end_of_turn>"
    "|<\uff5cend\u2581of\u2581sentence\uff5c>)\\s*\\Z"
)
"""Words of a template's own, which a server should have kept to itself."""
_WRAPPED = re.compile(
    r"\A\s*(?:<(answer|final|final_answer|response)>(?P<one>.*)</\1>|<\|begin_of_box\|>(?P<two>.*)<\|end_of_box\|>"
    r"|\[BEGIN FINAL RESPONSE\](?P<three>.*?)(?:\[END FINAL RESPONSE\]|\Z))\s*\Z",
    re.DOTALL,
)
_AROUND = re.compile(
    r"\A\s*<\|(?:begin_of_solution|START_RESPONSE)\|>|<\|(?:end_of_solution|END_RESPONSE|return)\|>\s*\Z"
)
_FINAL = "<|channel|>final<|message|>"
"""Where gpt-oss's answer begins: https://cookbook.openai.com/articles/openai-harmony."""


def spoken(text: str) -> str:
    """The answer without the thoughts before it; "" where there is nothing but thoughts."""
    text = _without_tokens(text)
    if _FINAL in text:
        text = re.sub(r"<\|(?:end|return)\|>\s*\Z", "", text.rpartition(_FINAL)[2])
    if (other := _OTHER_FORMS.match(text)) is not None:
        text = text[other.end() :].strip()
    text = _AROUND.sub("", text) if "|>" in text else text
    tags = list(islice(_CLOSE.finditer(text), _MOST_TAGS))
    end = max((found.end() for found in tags if _ends_thoughts(text, found)), default=-1)
    if end < 0 and _OPEN.match(text):
        end = tags[0].end() if tags else len(text)
    text = text[end:].strip() if end >= 0 else text
    wrapped = _WRAPPED.match(text)
    return next((inner.strip() for inner in wrapped.groups()[1:] if inner is not None), "") if wrapped else text


def _without_tokens(text: str) -> str:
    """The text without what a template puts around it."""
    for _ in range(3):
        found = _ENDS.search(text)
        if found is None or (found[0].strip() == "</s>" and "<s>" in text.lstrip()[1:]):
            break
        text = text[: found.start()].rstrip()
    begins = _BEGINS.match(text)
    if begins is None or (begins[0].strip() == "<s>" and "</s>" in text):
        return text
    return text[begins.end() :]


def _ends_thoughts(text: str, found: re.Match[str]) -> bool:
    """Whether a closing tag is one, and not a word about tags: in quotation marks, in code, or within a sentence."""
    line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
    if line.count('"') % 2 or line.count("`") % 2 or text[: found.start()].count("```") % 2:
        return False
    return bool(_ANSWER_BEGINS.match(text, found.end()))
