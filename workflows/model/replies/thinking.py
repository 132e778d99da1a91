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
    r"|<\|thinking\|>.*?<\|/thinking\|>|<unused94>.*?<unused95>|Thinking\.\.\.\r?\n.*?\.\.\.done thinking\.)",
    re.DOTALL | re.IGNORECASE,
)
"""Those that count where an answer begins with them, and nowhere else."""
_AROUND = re.compile(
    r"\A\s*<\|(?:begin_of_solution|START_RESPONSE)\|>|<\|(?:end_of_solution|END_RESPONSE|return)\|>\s*\Z"
)
_FINAL = "<|channel|>final<|message|>"
"""Where gpt-oss's answer begins: https://cookbook.openai.com/articles/openai-harmony."""


def spoken(text: str) -> str:
    """The answer without the thoughts before it; "" where there is nothing but thoughts."""
    if _FINAL in text:
        text = re.sub(r"<\|(?:end|return)\|>\s*\Z", "", text.rpartition(_FINAL)[2])
    if (other := _OTHER_FORMS.match(text)) is not None:
        text = text[other.end() :].strip()
    text = _AROUND.sub("", text) if "|>" in text else text
    tags = list(islice(_CLOSE.finditer(text), _MOST_TAGS))
    end = max((found.end() for found in tags if _ends_thoughts(text, found)), default=-1)
    if end < 0 and _OPEN.match(text):
        end = tags[0].end() if tags else len(text)
    return text[end:].strip() if end >= 0 else text


def _ends_thoughts(text: str, found: re.Match[str]) -> bool:
    """Whether a closing tag is one, and not a word about tags: in quotation marks, in code, or within a sentence."""
    line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
    if line.count('"') % 2 or line.count("`") % 2 or text[: found.start()].count("```") % 2:
        return False
    return bool(_ANSWER_BEGINS.match(text, found.end()))
