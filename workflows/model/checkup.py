"""What `doctor` asks a model: whether it answers, takes tools, and gets all of what is sent to it."""

from __future__ import annotations

from workflows.errors import ModelError
from workflows.ports import ToolSpec

NUMBERS = 4500
"""In the long prompt: more tokens than Ollama keeps by default, whatever the model."""
PROMPT = "Answer with the word ok."
LONG = f"{PROMPT} All else is filling.\n" + " ".join(str(number) for number in range(1000, 1000 + NUMBERS))
TOOL = ToolSpec("note", "Write something down. Not needed now.", {"type": "object", "properties": {}})
WITHOUT_TOOLS = "It takes no tools, so they are described to it in words, which works less well."


def counted(model: str, tokens: int) -> str:
    """What a server's count of the long prompt says; ModelError where it was cut off. A number is one token or more."""
    if not tokens:
        return "It does not count tokens, so whether it cuts prompts off is not known."
    if tokens >= NUMBERS:
        return f"It counted {tokens} tokens of a prompt of {NUMBERS} numbers, so nothing was cut off."
    raise ModelError(
        f"The server of {model} cuts prompts off: it counted {tokens} tokens of {NUMBERS} and more that were sent.",
        "Have it keep more: for Ollama OLLAMA_CONTEXT_LENGTH=32768 (or name the model ollama_chat/NAME, then it is"
        " told), for llama.cpp --ctx-size, for LM Studio the model's context length.",
    )
