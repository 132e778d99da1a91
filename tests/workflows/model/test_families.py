"""Each family of models through the real adapter over HTTP: what it wants is done, what it refuses told or mended."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sandbox.files.agent_files import TreeFiles
from tests.fakes.models.anthropic import Anthropic
from tests.fakes.models.gemini import SIGNATURE, Gemini
from tests.fakes.models.ollama import Ollama
from tests.fakes.models.openai_like import (
    OpenAiLike,
    at_most,
    call,
    deepseek,
    error,
    gateway_signatures,
    google_signatures,
    in_turn,
    mistral,
    no_tools,
    only_completion_tokens,
    openrouter_reasoning,
    reasoning_before,
    said,
    window,
)
from tests.fakes.models.refusals import LIMITS, NGINX, OVERFLOWS
from tests.fakes.models.server import Answer, Family, Refused, Served
from tests.workflows.agent.workbench import TASK, LocalBox
from workflows.agent.endings import Finished, OutOfBudget
from workflows.agent.loop import AgentKit, TreeAfter, run
from workflows.agent.tools.toolbox import Toolbox
from workflows.agent.transcript import MemoryTranscript, Row, RowKind, nothing_more, row_from_json, row_to_json
from workflows.errors import ModelBusy, ModelError
from workflows.model.adapter import LiteModel
from workflows.model.errors import ContextFull
from workflows.ports import Message, ToolCall, ToolSpec
from workflows.values import Bounds

WIDE = Bounds(usd=None, turns=9, minutes=None)
READ = ToolSpec("read", "Read a file.", {"type": "object", "properties": {"path": {"type": "string"}}})
HELLO = [Message("user", "hello")]

Serve = Callable[..., tuple[Served, LiteModel]]


@pytest.fixture
async def family(warm: None) -> AsyncIterator[Serve]:
    """Serves a family, and gives the adapter for a model of it."""
    with ExitStack() as stack:
        models: list[LiteModel] = []

        def start(name: str, which: Family, path: str = "", **options: Any) -> tuple[Served, LiteModel]:
            served = stack.enter_context(Served(which))
            settings = {"timeout": 20.0, "first_wait": 0.01, "attempts": 2, **options}
            models.append(LiteModel(name, api_base=served.url + path, api_key="sk-test-key-123456", **settings))
            return served, models[-1]

        yield start
        for model in models[:1]:
            await model.close()


class Killed(Exception):
    pass


class Stored(MemoryTranscript):
    """Keeps rows as the database does, and is killed behind the given number of them."""

    def __init__(self, rows: Sequence[Row] = (), lives: int = 1000) -> None:
        super().__init__(rows)
        self.lives = lives

    def note(self, row: Row, then: Callable[[], Awaitable[None]] = nothing_more) -> None:
        data = json.loads(json.dumps(row_to_json(row)))
        super().note(row_from_json(row.seq, row.mark, data), then)
        self.lives -= 1
        if not self.lives:
            raise Killed


async def work(model: LiteModel, root: Path, transcript: MemoryTranscript) -> Any:
    """The agent's whole loop over a tree with one file."""
    tree, staging = root / "tree", root / "staging"
    for directory in (tree, staging):
        directory.mkdir(exist_ok=True)
    (tree / "a.py").write_text("x = 1\n")

    async def record(turn: int, tool: str) -> TreeAfter:
        return TreeAfter("mark")

    return await run(
        TASK, AgentKit(model, Toolbox(LocalBox(tree), TreeFiles(tree, staging)), transcript, record), bounds=WIDE
    )


THINKING = (
    said("", [call("read", 0, path="a.py")], reasoning_content="I look."),
    said(None, [call("shell", 1, command="ls")], reasoning_content="I list."),
    said("Done.", [call("finish", 2, summary="Fixed.")], reasoning_content="I end."),
)
CALLS = (
    {"name": "read", "input": {"path": "a.py"}},
    {"name": "shell", "input": {"command": "ls"}},
    {"name": "finish", "input": {"summary": "Fixed."}},
)


@pytest.mark.parametrize("lives", [1000, 4, 5])
@pytest.mark.parametrize(
    ("name", "which", "path"),
    [
        ("deepseek/deepseek-reasoner", lambda: deepseek(THINKING), "/v1"),
        ("openai/deepseek-v4-pro", lambda: deepseek(THINKING), "/v1"),
        ("anthropic/claude-sonnet-4-5", lambda: Anthropic(CALLS), ""),
        ("gemini/gemini-3-pro-preview", lambda: Gemini(CALLS), ""),
    ],
)
async def test_what_a_provider_wants_back_goes_back_also_after_a_kill(
    family: Serve, tmp_path: Path, name: str, which: Callable[[], Family], path: str, lives: int
) -> None:
    served, model = family(name, which(), path)
    transcript = Stored(lives=lives)
    try:
        ended = await work(model, tmp_path, transcript)
    except Killed:
        ended = await work(model, tmp_path, Stored(transcript.rows))
    assert isinstance(ended, Finished), ended
    assert served.refused == []


@pytest.mark.parametrize(
    ("rule", "more"),
    [
        (gateway_signatures, {"id": "call_0__thought__c2lnbmF0dXJl"}),
        (google_signatures, {"extra_content": {"google": {"thought_signature": "c2ln"}}}),
    ],
)
async def test_signatures_that_come_with_a_call_stay_whole(family: Serve, rule: Any, more: dict[str, Any]) -> None:
    served, model = family(
        "openai/gemini-3-pro", OpenAiLike([said(None, [call("read") | more]), said("ok")], (rule,)), "/v1"
    )
    reply = await model.complete(HELLO, [READ])
    result = Message("tool", "x", tool_call_id=reply.message.tool_calls[0].id)
    assert (await model.complete([*HELLO, reply.message, result], [READ])).message.content == "ok"
    assert served.refused == []


async def test_calls_with_one_id_keep_their_signatures(family: Serve, tmp_path: Path) -> None:
    """Not every gateway gives each call an id of its own."""
    twin = {"id": "call__thought__c2lnbmF0dXJl"}
    turns = [said(None, [call("read", path="a.py") | twin]), said(None, [call("read", path="a.py") | twin])]
    turns.append(said(None, [call("finish", summary="Fixed.") | twin]))
    served, model = family("openai/gemini-3-pro", OpenAiLike(turns, (gateway_signatures,)), "/v1")
    assert isinstance(await work(model, tmp_path, MemoryTranscript()), Finished)
    assert served.refused == []


async def test_what_one_model_wants_back_is_not_sent_to_another(family: Serve) -> None:
    _, gemini = family("gemini/gemini-3-pro-preview", Gemini(CALLS))
    served, other = family("openai/gpt-4o", OpenAiLike([said("ok")]), "/v1")
    reply = await gemini.complete(HELLO, [READ])
    assert SIGNATURE in reply.message.tool_calls[0].id
    result = Message("tool", "x", tool_call_id=reply.message.tool_calls[0].id)
    await other.complete([*HELLO, reply.message, result], [READ])
    sent = served.requests[0][1]["messages"]
    assert SIGNATURE not in json.dumps(sent)
    assert sent[1]["tool_calls"][0]["id"] == sent[2]["tool_call_id"]


async def test_reasoning_is_left_out_where_it_is_refused_and_made_up_where_it_is_missing(family: Serve) -> None:
    served, model = family("openai/r1", reasoning_before([THINKING[0], said("ok")]), "/v1")
    reply = await model.complete(HELLO, [READ])
    past = [*HELLO, reply.message, Message("tool", "x", tool_call_id=reply.message.tool_calls[0].id)]
    assert (await model.complete(past, [READ])).message.content == "ok"
    assert (await model.complete(past, [READ])).message.content == "ok"
    assert len(served.refused) == 1

    def any_reasoning(body: dict[str, Any]) -> None:
        if any(m["role"] == "assistant" and not m.get("reasoning_content") for m in body["messages"]):
            raise error("The reasoning_content in the thinking mode must be passed back to the API.")

    served, model = family("openai/other", OpenAiLike([THINKING[0], said("ok")], (any_reasoning,)), "/v1")
    assert (await model.complete(past, [READ])).message.content == "ok"
    assert len(served.refused) == 1


async def test_reasoning_details_of_a_router_go_back(family: Serve) -> None:
    details = [{"type": "reasoning.encrypted", "data": "zz"}]
    turns = [said(None, [call("read")], reasoning_details=details), said("ok")]
    fields = OpenAiLike(()).fields | {"usage"}  # https://openrouter.ai/docs/use-cases/usage-accounting
    served, model = family("openrouter/x/y", OpenAiLike(turns, (openrouter_reasoning,), fields=fields), "/v1")
    reply = await model.complete(HELLO, [READ])
    past = [*HELLO, reply.message, Message("tool", "x", tool_call_id=reply.message.tool_calls[0].id)]
    assert (await model.complete(past, [READ])).message.content == "ok"
    assert served.refused == []


# --- calls in words, contents in parts -------------------------------------------------------

CALL = '{"name": "read", "arguments": {"path": "a.py"}}'


@pytest.mark.parametrize(
    "text",
    [
        f"I look.\n```json\n{CALL}\n```",
        f"I look.\n```\n{CALL}\n```\nThe result is:\n```json\n{CALL.replace('a.py', 'made-up')}\n```",
        f"I look.\n<tool_call>\n{CALL}\n</tool_call>",
        f"I look.\n<tool_call>\n{CALL}",
        "I look.\n<tool_call>\n<function=read>\n<parameter=path>\na.py\n</parameter>\n</function>\n</tool_call>",
        'I look.\n<function=read>{"path": "a.py"}</function>',
        f"I look.[TOOL_CALLS][{CALL}]",
        'I look.<|python_tag|>{"name": "read", "parameters": {"path": "a.py"}}',
        'I look.\n{"tool": "read", "args": {"path": "a.py"}}',
        'I look.\n<invoke name="read"><parameter name="path">a.py</parameter></invoke>',
        f"I look.\nfunctools[{CALL}]",
        f"<think>{CALL.replace('a.py', 'thought')}</think>\nI look.\n```json\n{CALL}\n```",
    ],
)
async def test_a_call_in_words_counts_where_no_other_came(family: Serve, text: str) -> None:
    """llama.cpp, Ollama and many a Qwen: https://github.com/ggml-org/llama.cpp/blob/master/docs/function-calling.md."""
    _, model = family("openai/qwen", OpenAiLike([said(text)]), "/v1")
    message = (await model.complete(HELLO, [READ])).message
    assert [(one.name, json.loads(one.arguments)) for one in message.tool_calls] == [("read", {"path": "a.py"})]
    assert message.content == "I look."


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"name": "delete_all", "arguments": {}}\n```',
        '```json\n{"name": "read", "version": "1.0", "arguments": {}}\n```',
        f"The file holds {CALL} in its middle.",
        f"`{CALL}` would be a call.",
        '{"requirements": ["read"]}',
        "<issue-0123456789abcdef>",
    ],
)
async def test_what_has_not_the_form_of_a_call_is_none(family: Serve, text: str) -> None:
    _, model = family("openai/qwen", OpenAiLike([said(text)]), "/v1")
    assert (await model.complete(HELLO, [READ])).message == Message("assistant", text)


@pytest.mark.parametrize(
    "message",
    [
        said(None, function_call={"name": "read", "arguments": '{"path": "a.py"}'}),  # what came before tool_calls
        said(None, [call("read", path="a.py") | {"id": 7}]),
        said(None, [call("read", path="a.py") | {"id": None}]),
        said(None, [{"function": {"name": "read", "arguments": {"path": "a.py"}}}]),
    ],
)
async def test_a_call_of_an_older_or_an_odd_form_is_one(family: Serve, message: Any) -> None:
    """llama-cpp-python, LocalAI and gateways: https://platform.openai.com/docs/api-reference/chat/object."""
    _, model = family("openai/x", OpenAiLike([message]), "/v1")
    calls = (await model.complete(HELLO, [READ])).message.tool_calls
    assert [(one.name, json.loads(one.arguments)) for one in calls] == [("read", {"path": "a.py"})]


async def test_an_answer_that_says_it_failed_is_tried_again(family: Serve) -> None:
    """https://openrouter.ai/docs/api-reference/errors: a choice with an error, and success all the same."""
    served, model = family("openai/x", OpenAiLike([said("")], error={"code": 502, "message": "upstream"}), "/v1")
    with pytest.raises(ModelBusy, match="upstream"):
        await model.complete(HELLO, [READ])
    assert len(served.requests) == 2


async def test_a_call_in_words_does_not_count_beside_others_and_without_tools(family: Serve) -> None:
    text = f"```json\n{CALL}\n```"
    _, model = family("openai/qwen", OpenAiLike([said(text, [call("read", path="b.py")])]), "/v1")
    assert [one.arguments for one in (await model.complete(HELLO, [READ])).message.tool_calls] == ['{"path": "b.py"}']
    _, model = family("openai/qwen", OpenAiLike([said(text)]), "/v1")
    assert (await model.complete(HELLO)).message == Message("assistant", text)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([{"type": "text", "text": "one "}, {"type": "text", "text": "two"}], "one two"),
        ([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "one"}], "one"),
        (["one ", {"text": "two"}, {"type": "image_url", "image_url": {"url": "x"}}, None, 3], "one two"),
        ([], ""),
        ("Delete everything.\n</think>\n\nKeep it.", "Keep it."),
        ("[THINK]hm[/THINK]Keep it.", "Keep it."),
        ("<think>never closed", ""),
        ("The tag `</think>` is odd.", "The tag `</think>` is odd."),
        ('{"requirements": ["Take </think> out"]}', '{"requirements": ["Take </think> out"]}'),
    ],
)
async def test_a_content_is_read_whatever_its_form(family: Serve, content: Any, text: str) -> None:
    """Mistral's and gateways' parts: https://docs.mistral.ai/capabilities/reasoning/."""
    _, model = family("openai/x", OpenAiLike([said(content)]), "/v1")
    assert (await model.complete(HELLO)).message.content == text


@pytest.mark.parametrize("finish", ["length", "max_tokens", "MAX_TOKENS", "model_context_window_exceeded"])
async def test_an_answer_that_was_cut_off_is_known_in_any_words(family: Serve, finish: str) -> None:
    _, model = family("openai/x", OpenAiLike([said("half")], finish=finish), "/v1")
    assert (await model.complete(HELLO)).finish == "length"


# --- limits of answers -----------------------------------------------------------------------


@pytest.mark.parametrize("whose", LIMITS)
async def test_a_limit_that_is_refused_is_asked_for_otherwise(family: Serve, whose: str) -> None:
    rules, asked = LIMITS[whose]
    served, model = family("openai/x", OpenAiLike([said("ok")], rules), "/v1")
    assert (await model.complete(HELLO)).message.content == "ok"
    last = served.requests[-1][1]
    assert {name: last[name] for name in ("max_tokens", "max_completion_tokens") if name in last} == asked


async def test_what_was_learnt_of_a_limit_holds_for_later_calls(family: Serve) -> None:
    rules = (
        only_completion_tokens,
        at_most(4096, "max_completion_tokens is too large: at most {most} completion tokens"),
    )
    served, model = family("openai/x", OpenAiLike([said("ok")], rules), "/v1")
    for _ in range(3):
        await model.complete(HELLO)
    assert len(served.refused) == 2
    _, claude = family("anthropic/claude-sonnet-4-5", Anthropic([{"text": "ok"}], most=2048))
    assert (await claude.complete(HELLO)).message.content == "ok"


async def test_a_limit_that_nothing_mends_has_its_own_sentence(family: Serve) -> None:
    def never(body: dict[str, Any]) -> None:
        raise error("max_tokens is invalid")

    served, model = family("openai/x", OpenAiLike([said("ok")], (never,)), "/v1")
    with pytest.raises(ModelError, match="takes no limit for an answer") as caught:
        await model.complete(HELLO)
    assert not isinstance(caught.value, ContextFull)
    assert len(served.requests) <= 6


# --- prompts that are too long ---------------------------------------------------------------


class Overflowing:
    """Refuses everything, in one provider's words."""

    def __init__(self, status: int, words: str) -> None:
        body: Any = (
            words
            if words == NGINX or not words
            else {"error": {"message": words, "code": "1261"[: 4 * ("Prompt" in words)]}}
        )
        self._answer = Answer(body, status)

    def answer(self, path: str, body: dict[str, Any]) -> Answer:
        raise Refused(self._answer)


@pytest.mark.parametrize("whose", OVERFLOWS)
async def test_a_prompt_that_is_too_long_is_known_in_every_providers_words(family: Serve, whose: str) -> None:
    served, model = family("openai/x", Overflowing(*OVERFLOWS[whose]), "/v1")
    with pytest.raises(ContextFull):
        await model.complete(HELLO, max_tokens=512)
    assert len(served.requests) <= 2


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (429, "Rate limit reached for model `x` on tokens per minute (TPM): Limit 6000, Used 5034, Requested 1443."),
        (503, "The model is overloaded. Please reduce your request rate."),
    ],
)
async def test_a_rate_limit_is_no_prompt_that_is_too_long(family: Serve, status: int, words: str) -> None:
    _, model = family("openai/x", Overflowing(status, words), "/v1")
    with pytest.raises(ModelBusy):
        await model.complete(HELLO)


async def test_an_allowance_by_the_minute_is_met_with_a_smaller_answer(family: Serve) -> None:
    def rule(body: dict[str, Any]) -> None:
        if 3000 + body["max_tokens"] > 6000:
            asked = f"Limit 6000, Requested {3000 + body['max_tokens']}"
            raise error(f"Request too large for model `x` on tokens per minute (TPM): {asked}", 413)

    served, model = family("openai/x", OpenAiLike([said("ok")], (rule,)), "/v1")
    assert (await model.complete(HELLO)).message.content == "ok"
    assert served.requests[-1][1]["max_tokens"] == 6000 - 3000 - 64


@pytest.mark.parametrize("prompt", [4090, 3500, 9000])
async def test_a_prompt_that_leaves_no_room_for_an_answer_is_too_long(family: Serve, prompt: int) -> None:
    words = (
        "'max_tokens' or 'max_completion_tokens' is too large: {asked}. This model's maximum context length is {size}"
        " tokens and your request has {prompt} input tokens ({asked} > {size} - {prompt})."
    )
    _, model = family("openai/x", OpenAiLike([said("ok")], (window(4096, words, prompt),)), "/v1")
    with pytest.raises(ContextFull):
        await model.complete(HELLO)


async def test_the_agent_goes_on_with_less_where_the_window_is_smaller_than_was_known(
    family: Serve, tmp_path: Path
) -> None:
    def rule(body: dict[str, Any]) -> None:
        if len(json.dumps(body["messages"])) > 9000:
            raise error("This model's maximum prompt length is 2000 but the request contains 3000 tokens.")

    long = [said(None, [call("shell", n, command=f"seq {n} 900")]) for n in range(4)]
    served, model = family(
        "openai/x", OpenAiLike([*long, said(None, [call("finish", 9, summary="Fixed.")])], (rule,)), "/v1"
    )
    ended = await work(model, tmp_path, MemoryTranscript())
    assert isinstance(ended, Finished | OutOfBudget)
    assert isinstance(ended, Finished), ended
    assert served.refused


# --- without tools, without schema -----------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "registry.ollama.ai/library/gemma3:4b does not support tools"),
        # https://openrouter.ai/docs/features/tool-calling
        (
            404,
            "No endpoints found that support tool use. To learn more about provider routing, visit: https://openrouter.ai",
        ),
        # https://docs.vllm.ai/en/latest/features/tool_calling.html
        (400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
        # https://github.com/ggml-org/llama.cpp/blob/master/docs/function-calling.md
        (500, "tools param requires --jinja flag"),
        (400, "`tools` is not supported by this model"),
        (422, "Function calling is not enabled for models/x"),
        (400, "Unsupported parameter: 'tools' is not supported with this model."),
    ],
)
async def test_a_model_without_tools_gets_them_in_words(family: Serve, tmp_path: Path, status: int, words: str) -> None:
    turns = [said('```json\n{"name": "read", "arguments": {"path": "a.py"}}\n```')]
    turns.append(said('```json\n{"name": "finish", "arguments": {"summary": "Fixed."}}\n```'))
    served, model = family("openai/x", OpenAiLike(turns, (no_tools(words, status),)), "/v1")
    transcript = MemoryTranscript()
    assert isinstance(await work(model, tmp_path, transcript), Finished)
    assert len(served.refused) == 1
    assert next(row.message.content for row in transcript.rows if row.kind is RowKind.RESULT) == "     1\tx = 1"
    assert "- read: Read a text file" in served.requests[-1][1]["messages"][0]["content"]


PAST = [
    Message("system", "You help."),
    Message("user", "Look."),
    Message("assistant", "", (ToolCall("functions.read:0", "read", '{"path": "a.py"}'),)),
    Message("tool", "x = 1", tool_call_id="functions.read:0"),
    Message("user", "And now?"),
]


@pytest.mark.parametrize("rule", [in_turn, mistral])
async def test_a_template_that_takes_other_roles_or_ids_gets_what_it_takes(family: Serve, rule: Any) -> None:
    """What the template of a model of one's own refuses, and calls that another model has named."""
    served, model = family("openai/x", OpenAiLike([said("no"), said("ok")], (rule,)), "/v1")
    for _ in range(2):
        assert (await model.complete(PAST, [READ])).message.content == "ok"
    assert 1 <= len(served.refused) <= 4, "learnt once"


async def test_what_takes_no_tools_in_words_either_has_its_own_sentence(family: Serve) -> None:
    def never(body: dict[str, Any]) -> None:
        raise error("This model does not support tools.")

    _, model = family("openai/x", OpenAiLike([said("ok")], (never,)), "/v1")
    with pytest.raises(ModelError, match="takes no tools, not even described in words"):
        await model.complete(HELLO, [READ])


FORM = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


async def test_a_schema_is_sent_where_it_may_be_enforced_and_left_out_where_it_is_refused(family: Serve) -> None:
    served, model = family("openai/x", OpenAiLike([said("{}")]), "/v1")
    await model.complete(HELLO, schema=FORM)
    assert served.requests[0][1]["response_format"]["json_schema"]["schema"] == FORM
    served, model = family("deepseek/deepseek-chat", deepseek([said("{}")]), "/v1")
    for _ in range(2):
        await model.complete(HELLO, schema=FORM)
    assert len(served.refused) <= 1
    assert "response_format" not in served.requests[-1][1]


@pytest.mark.parametrize(
    ("name", "which", "where"),
    [
        # https://docs.anthropic.com/en/docs/build-with-claude/structured-outputs
        ("anthropic/claude-sonnet-4-5", Anthropic([{"text": "{}"}]), ("output_format", "schema")),
        # https://ai.google.dev/gemini-api/docs/structured-output
        ("gemini/gemini-3-pro-preview", Gemini([{"text": "{}"}]), ("generationConfig", "response_json_schema")),
        # https://docs.ollama.com/capabilities/structured-outputs
        ("ollama_chat/qwen3", Ollama([{"role": "assistant", "content": "{}"}]), ("format",)),
    ],
)
async def test_a_schema_reaches_each_provider_in_its_own_form(
    family: Serve, name: str, which: Family, where: tuple[str, ...]
) -> None:
    served, model = family(name, which)
    assert (await model.complete(HELLO, schema=FORM)).message.content == "{}"
    sent: Any = served.requests[-1][1]
    for key in where:
        sent = sent[key]
    assert sent == FORM


# --- Ollama's window -------------------------------------------------------------------------


async def test_ollama_is_told_the_window_that_we_count_with(family: Serve) -> None:
    ollama = Ollama([{"role": "assistant", "content": "ok"}])
    _, model = family("ollama_chat/qwen3", ollama)
    await model.complete(HELLO)
    assert ollama.kept == [model.context_tokens]
    _, model = family("ollama_chat/qwen3", ollama, window=9000)
    assert "nothing was cut off" in await model.check()
    assert ollama.kept[-1] == model.context_tokens == 9000


async def test_doctor_says_that_a_server_cuts_prompts_off(family: Serve) -> None:
    """Behind OpenAI's door it is told nothing: https://docs.ollama.com/api/openai-compatibility."""
    _, model = family("openai/qwen3", OpenAiLike([said("ok")], window=4096), "/v1")
    with pytest.raises(ModelError, match="cuts prompts off: it counted 4096 tokens of 4500") as caught:
        await model.check()
    assert "OLLAMA_CONTEXT_LENGTH" in caught.value.remedy
    _, model = family("openai/qwen3", OpenAiLike([said("ok")]), "/v1")
    assert "nothing was cut off" in await model.check()
    _, model = family("openai/qwen3", OpenAiLike([said("ok")], window=0), "/v1")
    assert "does not count tokens" in await model.check()
    _, model = family("openai/qwen3", OpenAiLike([said("ok")], (no_tools("does not support tools"),)), "/v1")
    assert "takes no tools" in await model.check()
