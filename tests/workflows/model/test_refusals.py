"""Providers' error texts, freed from what must not be seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.errors import ModelBusy, ModelError
from workflows.model.errors import ContextFull
from workflows.model.manners import Manners, lesson
from workflows.model.refusals import judge, safe
from workflows.model.replies.text_calls import written
from workflows.model.replies.thinking import spoken


@pytest.mark.parametrize(
    "key",
    ["sk-proj-abcdefghijklmnop", "AIzaSyA1234567890abcdef", "Bearer abcdefgh12345678", "0123456789abcdef" * 3],
)
def test_what_looks_like_a_key_is_masked(key: str) -> None:
    assert safe(f"Incorrect key {key} given.") == "Incorrect key *** given."


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=4, max_size=40))
def test_a_known_secret_is_masked_whatever_it_looks_like(key: str) -> None:
    assert key not in safe(f"« {key} »", [key]).replace("***", "")


def test_names_of_models_are_left_readable() -> None:
    assert safe("no model claude-sonnet-4-5-20250929 here") == "no model claude-sonnet-4-5-20250929 here"


def test_a_traceback_is_left_out() -> None:
    assert safe('litellm.APIError: Bad.\nTraceback (most recent call last):\n File "/x/y.py"') == "Bad."


def test_a_pause_that_is_a_date_is_no_pause_in_seconds() -> None:
    class Limited(Exception):
        status_code = 429
        litellm_response_headers = {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}  # noqa: RUF012

    error = judge(Limited("slow down"), model="m")
    assert isinstance(error, ModelBusy)
    assert error.retry_after is None


@pytest.mark.parametrize(
    "text",
    [
        "1," * 10_000,
        "1" * 20_000,
        "maximum context length is " + "1," * 9_000,
        "request too large " * 1_000,
        "max_tokens " * 1_800,
    ],
)
def test_a_hostile_refusal_is_looked_at_in_no_time(text: str) -> None:
    class Refused(Exception):
        status_code = 400

    lesson(400, text, Manners(), 8192, tools=True, schema=True)
    judge(Refused(text), model="m")


@pytest.mark.parametrize(
    "text",
    [
        "<function=read>" + "<parameter=a>" * 15_000,
        "```\n" * 50_000,
        "\n{" * 100_000,
        "<tool_call>" * 18_000,
        "functools [" * 18_000,
        "a</think>\n" * 20_000,
        "</s>" * 50_000 + "x",
        "<answer>" + "</answer> " * 20_000 + "x",
        "Here is my thought process: " + "\n" * 190_000,
    ],
)
def test_a_hostile_answer_is_read_in_no_time(text: str) -> None:
    written(spoken(text), {"read"})


class Answered(Exception):
    """A provider's refusal."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status_code = status


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (500, "context shift is disabled"),  # llama.cpp
        (400, "request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it"),
        (400, "Cannot truncate prompt with n_keep (5000) >= n_ctx (4096)"),  # LM Studio
        (400, "Prompt length 5000 is greater than max_seq_len 4096"),  # TabbyAPI
        (400, "Input length (50000 tokens) exceeds the maximum allowed length (32767 tokens)."),  # SGLang
        (422, "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 512"),  # TGI
        (422, "Input validation error: `inputs` must have less than 4095 tokens. Given: 5000"),
        (422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193"),  # Together
        (424, "Request failed during generation: `inputs` must have less than 4096 tokens"),  # LoRAX
        (400, "Requested generation length 5 is not possible! The provided prompt is 9000 tokens long"),  # SambaNova
        (400, "BAD_REQUEST: Prompt tokens (9000) exceeds maximum 8192"),  # Databricks
        (400, "Invalid 'messages[1].content': string too long. Expected a string with maximum length 10"),  # Azure
        (400, "The total tokens 40000 is greater than the max 32768"),  # StepFun
        (400, "Prompt tokens too long"),  # ERNIE
        (400, "message\u603b\u957f\u5ea6\u8d85\u8fc7\u9650\u5236"),  # Hunyuan
        (400, "Total tokens of image and text exceed max message tokens"),  # Doubao
        (422, "prompt_tokens_too_long"),  # AI21
        (400, "The estimated number of input and maximum output tokens (9000) exceeded this model context window"),
        (400, "Please reduce it. Current length is 9000 while limit is 8192"),  # Cerebras
        (400, "Your request has 300000 tokens which is more than the 262144 that the model can handle"),
        (400, "max_seq_len exceeded"),
        (400, "token limit exceeded (2013)"),
        (400, "Token\u6570\u8d85\u9650"),
        (400, "request body too large"),
        (400, "the prompt exceeds the model's maximum input of 8192"),
        (400, "Sequence length (70000) > 65536"),
        (400, "the max input characters is 20000"),  # ERNIE
        (400, "This conversation is too long, please start a new one"),
        (400, "input must have at most 8192 tokens"),
        (400, "sum of prompt tokens and max_tokens exceed the max model len"),
        (400, "Value at 'inputText' failed: Member must have length less than or equal to 25000"),  # Bedrock
        (400, "total number of tokens 9000 exceeds model limit 8192"),
        (400, "input_tokens_limit_exceeded"),
        (400, "prompt contains 9000 tokens, max 8192"),
        (400, "conversation is too large for this model"),
        (400, "\u6587\u672c\u8fc7\u957f"),
        (413, ""),
        (400, "the number of input tokens 9000 cannot exceed the total tokens limit 8191 for this model"),  # watsonx
    ],
)
def test_a_prompt_that_is_too_long_is_known_by_what_is_said_and_not_by_whose_words_they_are(
    status: int, text: str
) -> None:
    assert isinstance(judge(Answered(status, text), model="x/y"), ContextFull)


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, "image exceeds 5 MB maximum: 6291456 bytes > 5242880 bytes", ModelError),
        (400, "Invalid 'tools': array too long. Expected an array with maximum length 128", ModelError),
        (400, "max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens", ModelError),
        (400, "messages: roles must alternate", ModelError),
        (400, "tools.0.function.description: string too long", ModelError),
        (400, "Failed to call a function. Please adjust your prompt. See 'failed_generation'", ModelBusy),  # Groq
        (400, "data_inspection_failed: Input data may contain inappropriate content.", ModelError),
        (400, "tools.0.name: Member must have length less than or equal to 64", ModelError),
        (429, "Rate limit: too many input tokens per minute", ModelBusy),
        (500, "Internal error", ModelBusy),
    ],
)
def test_what_speaks_of_other_things_is_no_prompt_that_is_too_long(
    status: int, text: str, kind: type[Exception]
) -> None:
    judged = judge(Answered(status, text), model="x/y")
    assert isinstance(judged, kind)
    assert not isinstance(judged, ContextFull)


@pytest.mark.parametrize(
    "thoughts",
    [
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>",
        "<|begin_of_thought|>hm<|end_of_thought|>\n<|begin_of_solution|>",
        "<|START_THINKING|>hm<|END_THINKING|><|START_RESPONSE|>",
        "<unused94>thought\nhm<unused95>",
        "Thinking...\nhm\n...done thinking.\n\n",
        "<scratchpad>hm</scratchpad>\n",
        "<reflection>hm</reflection>",
        "<analysis>\nhm\n</analysis>\n",
        "hm</think>",
        "<antThinking>hm</antThinking>",
        "<|thought|>hm<|/thought|>",
        "<|channel>thought\nhm<channel|>",
        "Here is my thought process:\nhm\n\nHere is my response:\n",
        "Here are my reasoning steps:\nhm\n[BEGIN FINAL RESPONSE]\n",
    ],
)
def test_thoughts_of_every_family_are_no_part_of_the_answer(thoughts: str) -> None:
    assert spoken(f"{thoughts}delete nothing") == "delete nothing"


@pytest.mark.parametrize(
    "text",
    [
        *("<answer>{}</answer>", "<think>hm</think>\n<answer>\n{}\n</answer>", "<|begin_of_box|>{}<|end_of_box|>"),
        *("[BEGIN FINAL RESPONSE]\n{}\n[END FINAL RESPONSE]", "<|im_start|>assistant\n{}<|im_end|>", "<|assistant|>{}"),
        *("{}<|im_end|>\n", "{}</s>", "<s>{}</s>", "{}<|eot_id|><|end_of_text|>", "{}<end_of_turn>", "{}<|endoftext|>"),
        "{}<\uff5cend\u2581of\u2581sentence\uff5c>",
    ],
)
def test_what_a_template_puts_around_an_answer_is_none_of_it(text: str) -> None:
    assert spoken(text.format("delete nothing")) == "delete nothing"


@pytest.mark.parametrize(
    "text",
    [
        *("Use <analysis>x</analysis> in the page.", "The token <|channel|> is odd.", "It thinks </think> is a tag."),
        *("It is <s>wrong</s>", "<s>wrong</s> right", "The <answer> tag", "Ends with <|im_end|> and more."),
    ],
)
def test_what_speaks_of_thoughts_is_left_as_it_is(text: str) -> None:
    assert spoken(text) == text
