"""In which words providers refuse: an answer that may not be so long, and a prompt that is too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.fakes.models.openai_like import at_most, only_completion_tokens, only_max_tokens, window

Rules = tuple[Callable[[dict[str, Any]], None], ...]

LIMITS: dict[str, tuple[Rules, dict[str, int]]] = {
    "OpenAI, the old name": ((only_completion_tokens,), {"max_completion_tokens": 8192}),
    "Zhipu, the old name only": ((only_max_tokens,), {"max_tokens": 8192}),
    # https://platform.openai.com/docs/api-reference/chat/create
    "OpenAI, new name and bound": (
        (
            only_completion_tokens,
            at_most(
                4096,
                "max_completion_tokens is too large: {asked}. This model supports at most {most} "
                "completion tokens, whereas you provided {asked}.",
            ),
        ),
        {"max_completion_tokens": 4096},
    ),
    "OpenAI": (
        (
            at_most(
                4096,
                "max_tokens is too large: {asked}. This model supports at most {most} completion "
                "tokens, whereas you provided {asked}.",
            ),
        ),
        {"max_tokens": 4096},
    ),
    # https://console.groq.com/docs/errors
    "Groq": (
        (
            at_most(
                2048,
                "`max_tokens` must be less than or equal to `{most}`, the maximum value for "
                "`max_tokens` is less than the `context_window` for this model",
            ),
        ),
        {"max_tokens": 2048},
    ),
    # https://www.alibabacloud.com/help/en/model-studio/error-code
    "DashScope": ((at_most(1500, "Range of max_tokens should be [1, {most}]"),), {"max_tokens": 1500}),
    # https://www.volcengine.com/docs/82379/1299023
    "Volcengine": (
        (
            at_most(
                4000,
                "The parameter `max_tokens` specified in the request are not valid: integer above "
                "maximum value, expected a value <= {most}, but got {asked} instead.",
            ),
        ),
        {"max_tokens": 4000},
    ),
    "no number: half of it, and half again": (
        (at_most(3000, "max_tokens exceeds the limit for this model"),),
        {"max_tokens": 2048},
    ),
    # https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
    "vLLM": (
        (
            window(
                4096,
                "'max_tokens' or 'max_completion_tokens' is too large: {asked}. This model's maximum "
                "context length is {size} tokens and your request has {prompt} input tokens ({asked} "
                "> {size} - {prompt}).",
                2104,
            ),
        ),
        {"max_tokens": 4096 - 2104 - 64},
    ),
    # https://platform.openai.com/docs/guides/error-codes
    "OpenAI, the window": (
        (
            window(
                8192,
                "This model's maximum context length is {size} tokens. However, you requested {sum} "
                "tokens ({prompt} in the messages, {asked} in the completion). Please reduce the "
                "length of the messages or completion.",
                640,
            ),
        ),
        {"max_tokens": 8192 - 640 - 64},
    ),
    # https://openrouter.ai/docs/api-reference/errors
    "OpenRouter": (
        (
            window(
                9000,
                "This endpoint's maximum context length is {size} tokens. However, you requested "
                "about {sum} tokens ({prompt} of text input, {asked} in the output). Please reduce "
                "the length of either one.",
                1463,
            ),
        ),
        {"max_tokens": 9000 - 1463 - 64},
    ),
    # https://docs.anthropic.com/en/docs/build-with-claude/context-windows
    "Anthropic": (
        (
            window(
                9000,
                "input length and `max_tokens` exceed context limit: {prompt} + {asked} > {size}, "
                "decrease input length or `max_tokens` and try again",
                3000,
            ),
        ),
        {"max_tokens": 9000 - 3000 - 64},
    ),
}
"""Refused limits by whose they are, and what is asked for at last."""

NGINX = "<html><head><title>413 Request Entity Too Large</title></head><body><center>nginx</center></body></html>"
OVERFLOWS: dict[str, tuple[int, str]] = {
    # https://docs.x.ai/docs/key-information/debugging
    "xAI": (400, "This model's maximum prompt length is 131072 but the request contains 537812 tokens."),
    # https://platform.moonshot.ai/docs/api/errors
    "Moonshot": (400, "Invalid request: Your request exceeded model token limit: 131072 (requested: 140000)"),
    # https://www.alibabacloud.com/help/en/model-studio/error-code
    "DashScope": (400, "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]"),
    # https://docs.github.com/en/copilot
    "Copilot": (400, "prompt token count of 391491 exceeds the limit of 128000"),
    # https://docs.bigmodel.cn/cn/faq/api-code (1261)
    "Zhipu": (400, "Prompt exceeds max length"),
    # https://docs.bigmodel.cn/cn/faq/api-code (1261)
    "Zhipu in Chinese": (400, "Prompt \u8d85\u957f"),
    # https://console.groq.com/docs/rate-limits
    "Groq": (
        413,
        "Request too large for model `llama-3.3-70b-versatile` in organization `org` service "
        "tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 14137, please "
        "reduce your message size and try again.",
    ),
    # https://platform.openai.com/docs/guides/rate-limits
    "OpenAI by the minute": (
        429,
        "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested "
        "342389. The input or output tokens must be reduced in order to run successfully.",
    ),
    # https://platform.openai.com/docs/guides/error-codes
    "OpenAI": (400, "Your input exceeds the context window of this model."),
    # https://ai.google.dev/gemini-api/docs/troubleshooting
    "Google": (400, "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)."),
    # https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
    "llama.cpp": (400, "the request exceeds the available context size, try increasing it"),
    # https://lmstudio.ai/docs/app/api/endpoints/openai
    "LM Studio": (
        400,
        "Trying to keep the first 9000 tokens when context the overflows. However, the model "
        "is loaded with context length of only 4096 tokens, which is not enough.",
    ),
    # https://docs.ollama.com/api/errors
    "Ollama": (400, "prompt too long; exceeded max context length by 4 tokens"),
    # https://docs.together.ai/docs/error-codes
    "Together": (400, "The input (300000 tokens) is longer than the model's context length (131072 tokens)."),
    # https://docs.mistral.ai/api/
    "Mistral": (400, "Prompt contains 40000 tokens, too large for model with 32768 maximum context length"),
    # https://platform.minimax.io/docs/api-reference/errorcode
    "MiniMax": (400, "invalid params, context window exceeds limit"),
    # https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
    "Bedrock": (400, "Input is too long for requested model."),
    # https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/413
    "a bare 413": (413, ""),
    "a proxy's 413": (413, NGINX),
}
