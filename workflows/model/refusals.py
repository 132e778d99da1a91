"""What a provider's error means: to be tried again, or to be mended by the user, and how."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workflows.errors import ModelBusy, ModelError
from workflows.model.errors import ContextFull
from workflows.model.manners import fills_the_window, knows_no_tools, limits_answers, wants_reasoning

_TOO_LONG = re.compile(
    "|".join(
        (
            r"context[ _-]?(length|window|size|limit)|maximum context|too many (input |prompt )?tokens",
            r"(prompt|input) (is |was )?too long|reduce (the length|your (message|prompt))",
            r"maximum (prompt|model|input) length",  # xAI, vLLM
            r"exceed(s|ed)? (the )?(model )?token limit",  # Moonshot
            r"range of input length",  # DashScope
            r"max_?prompt_?tokens|prompt tokens? count .{0,40}exceeds|exceeds the limit of \d",  # Copilot
            r"exceeds? (the )?max(imum)? (length|allowed input)|['\"]code['\"]: ?['\"]?1261",  # Zhipu
            r"prompt \u8d85\u957f",
            r"(request|prompt|payload|content|entity|input)( body)?[ _](is )?too[ _]large",  # Groq, gateways
            r"current length is [\d,]+ while limit is",  # Cerebras
            r"request has [\d,]+ (input |prompt )?tokens|token limit exceeded|max_seq_len\b",
            r"exceeds? (the )?(model'?s )?max(imum)? (input|context)|max(imum)? input (characters|tokens|length)",
            r"(input|prompt|conversation)[^\n]{0,40}(at most [\d,]+ tokens|too long)",
            r"sequence length \(?[\d,]+\)? ?>|must have length less than or equal to \d{5}",  # Bedrock
            r"too large for model|exceed max message tokens",
            r"tokens?_limit_exceeded|\btokens [\d,]+ exceeds?|prompt contains [\d,]+ tokens",
            r"(conversation|prompt|context|history|input) (is )?too (large|big)",
            r"(\u6587\u672c|\u5185\u5bb9|\u6d88\u606f)[^\n]{0,10}(\u8fc7\u957f|\u8d85\u957f|\u8d85\u51fa|\u8d85\u8fc7)",
            r"input token count|longer than the (maximum )?model|string_above_max_length",  # Google, Together
        )
    ),
    re.I,
)
_SUBJECT = r"\b(?:inputs?|prompts?|context|sequence|messages?|conversation|text|total tokens|n_keep|prompt_tokens)\b"
_OVER = (
    r"(?:exceed|(?:longer|greater|larger|more) than|too[ _](?:long|many|large)|(?:less|fewer) than \d|maximum supported"
    r"|>= ?n_ctx|over the (?:limit|maximum)|\u8d85\u8fc7|\u8fc7\u957f|\u8d85\u51fa)"
)
_UNIT = r"(?:tokens?(?![a-z])|length|n_ctx|max_seq_len|context|sequence|string too long|characters)"
_SAID = re.compile(
    rf"{_SUBJECT}[^\n]{{0,160}}?{_OVER}|{_OVER}[^\n]{{0,80}}?{_SUBJECT}|_too_long\b|context shift is disabled", re.I
)
"""Nobody's own words: what is sent, and that it is too much."""
_UNITS = re.compile(_UNIT, re.I)
_OTHER_THINGS = re.compile(r"\b(images?|files?|tools?|functions?|array|schema|stop|attachments?|pictures?)\b", re.I)
_CHINESE = re.compile(
    "(\u603b?\u957f\u5ea6|\u8f93\u5165|token)[^\\n]{0,20}(\u8d85\u8fc7|\u8fc7\u957f|\u8d85\u51fa|\u8d85\u9650)", re.I
)
_TOGETHER = re.compile(
    r"sum of (the )?prompt|inputs`? tokens \+|input and (maximum )?output tokens|generation length .{0,20}not possible",
    re.I,
)
"""Prompt and answer are counted together, and no shorter answer has helped."""
_NEVER_PASSES = re.compile(r"request too large", re.I)
"""What some say with 429: waiting does not make it smaller."""
_BAD_CALL = re.compile(r"failed_generation|tool_use_failed|failed to (?:call a function|parse tool call)", re.I)
"""A call of the model's that its server could not read: the next one may well be right."""
_FILTERED = re.compile(
    r"content[_ ](?:filter|policy|management)|data_inspection_failed|inappropriate content|responsible ?ai ?policy"
    r"|safety (?:system|filter)|content_policy_violation|flagged (?:as|by|for)",
    re.I,
)
_NO_CREDIT = re.compile(
    r"insufficient_quota|budget has been exceeded|exceeded your current quota|credit balance|billing", re.I
)
_NO_KEY = re.compile(r"missing credentials|missing .{0,40}api.?key|api_key client option|no api key", re.I)
_KEYS = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|key)[-_][\w\-*.]{8,}|\bAIza[\w\-]{8,}|\bBearer \S{8,}|[A-Za-z0-9_\-]{40,}", re.A
)
_AGAIN = {408, 409, 425, 429}


def judge(error: Exception, *, model: str, secrets: Iterable[str] = ()) -> ModelError | ModelBusy:
    """Our error for one of a provider's, its text freed from keys. `error.status_code` decides where there is one."""
    status = getattr(error, "status_code", None)
    text = safe(str(error), secrets)
    sentence = f"The model {model} cannot be used"
    if "LLM Provider NOT provided" in text:
        return ModelError(
            f"{model!r} is no model name that is known here.",
            "Put its provider before the name as litellm takes it, for example openai/NAME or anthropic/NAME.",
        )
    if _NO_KEY.search(text):
        return ModelError(f"{sentence}: there is no key for it.", "Set the key, for example OPENAI_API_KEY.")
    if status in (401, 403):
        return ModelError(f"{sentence}: its provider refused the key ({text}).", "Check the key and what it may do.")
    if status == 402 or (status in (400, 403, 429) and _NO_CREDIT.search(text)):
        return ModelError(f"{sentence}: the account has no credit left ({text}).", "Top it up, or set another model.")
    whole = safe(str(error), secrets, most=4000)
    filled = status in (400, 422, 424, 500) and (fills_the_window(whole) or bool(_TOGETHER.search(whole)))
    if not filled and status in (400, 404, 422, 424, 500) and (told := _of_its_manners(sentence, text)) is not None:
        return told
    full = filled or status == 413 or (status in (400, 422, 424, 500) and _is_too_long(whole))
    if status in (400, 422, 500) and _BAD_CALL.search(whole):
        return ModelBusy(f"The model {model} wrote a call that its provider could not read ({text}).")
    if full or type(error).__name__ == "ContextWindowExceededError" or (status == 429 and _NEVER_PASSES.search(whole)):
        said = f" ({text})" if text else ""
        return ContextFull(f"The prompt is longer than {model} takes{said}.", "Choose a model with a larger window.")
    if status == 404:
        return ModelError(
            f"{sentence}: its provider does not know it ({text}).", "Check the model's name and the base URL."
        )
    if status in (400, 403, 422) and _FILTERED.search(whole):
        return ModelError(
            f"{sentence} for this: a filter of its provider's refused what it was sent ({text}).",
            "Say it otherwise in the issue, or set another model.",
        )
    if status is not None and 400 <= status < 500 and status not in _AGAIN:
        return ModelError(
            f"{sentence}: its provider refused the request ({text}).",
            "Its words say why; where they do not, check the model's name and the base URL.",
        )
    return ModelBusy(f"The model {model} does not answer ({text}).", retry_after=_retry_after(error))


def _is_too_long(text: str) -> bool:
    if _TOO_LONG.search(text) or _CHINESE.search(text):
        return True
    return bool(_SAID.search(text) and _UNITS.search(text) and not _OTHER_THINGS.search(text))


def _of_its_manners(sentence: str, text: str) -> ModelError | None:
    """A refusal of what a model does not know how to do, also when asked otherwise."""
    if wants_reasoning(text):
        return ModelError(
            f"{sentence}: its provider wants reasoning back that it does not take ({text}).",
            "Start the step anew (`pullwright retry`), or set another model.",
        )
    if knows_no_tools(text):
        return ModelError(
            f"{sentence}: it takes no tools, not even described in words ({text}).",
            "Choose a model that calls tools, or start its server with them (vLLM: --enable-auto-tool-choice and"
            " --tool-call-parser, llama.cpp: --jinja).",
        )
    if limits_answers(text):
        return ModelError(
            f"{sentence}: its provider takes no limit for an answer that was tried ({text}).",
            "Choose a model with longer answers, or a gateway that knows `max_tokens`.",
        )
    return None


def safe(text: str, secrets: Iterable[str] = (), *, most: int = 300) -> str:
    """An error's first words on one line, with keys replaced by stars."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "***")
    text = _KEYS.sub("***", " ".join(text.partition("Traceback")[0].split()))
    text = re.sub(r"^(?:litellm\.)?\w+(?:Error|Timeout)?: (?:\w+Error: )?(?:\w+Exception - )?", "", text)
    return text if len(text) <= most else f"{text[:most]}…"


def _retry_after(error: Exception) -> float | None:
    """Seconds that the provider asked us to wait, if it did so in a form that is understood."""
    own = getattr(error, "litellm_response_headers", None) or {}
    theirs = getattr(getattr(error, "response", None), "headers", None) or {}
    for headers in (own, theirs):
        try:
            if (milliseconds := headers.get("retry-after-ms")) is not None:
                return max(0.0, float(milliseconds) / 1000)
            if (seconds := headers.get("retry-after")) is not None:
                return max(0.0, float(seconds))
        except ValueError:
            return None
    return None
