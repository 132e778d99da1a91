"""Any model behind one protocol: what reaches the wire, what comes back, and what becomes of failures."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.scripted_model import Call, Conversation, Fault, Turn, call
from workflows.errors import ModelBusy, ModelError
from workflows.model.adapter import LiteModel
from workflows.model.errors import ContextFull
from workflows.model.manners import Manners
from workflows.model.wire import on_the_wire
from workflows.ports import Message, ToolCall, ToolSpec

Serve = Callable[..., LiteModel]
HELLO = [Message("system", "You are a test."), Message("user", "hello")]
TOOL = ToolSpec("shell", "Run a command.", {"type": "object", "properties": {"command": {"type": "string"}}})
KEY = "sk-test-key-123456"


def script(*turns: Turn) -> list[Conversation]:
    return [Conversation("hello", turns)]


async def test_an_answer_comes_back_with_its_calls_and_what_it_took(serve: Serve) -> None:
    turn = Turn("Hm.", (call("shell", command="ls"),), prompt_tokens=1000, completion_tokens=50, cached_tokens=400)
    model = serve(script(turn), price=(2.0, 10.0))
    reply = await model.complete(HELLO, [TOOL], max_tokens=99)
    assert reply.message == Message("assistant", "Hm.", (ToolCall("call_0_0", "shell", '{"command": "ls"}'),))
    assert (reply.finish, reply.model) == ("tool_calls", "openai/scripted")
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.cached_tokens) == (1000, 50, 400)
    assert reply.usage.usd == pytest.approx(1000 * 2e-6 + 50 * 10e-6)
    (request,) = model.server.requests  # type: ignore[attr-defined]
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "scripted",
        "messages": [{"role": "system", "content": "You are a test."}, {"role": "user", "content": "hello"}],
        "tools": [
            {
                "type": "function",
                "function": {"name": "shell", "description": "Run a command.", "parameters": TOOL.parameters},
            }
        ],
        "max_tokens": 99,
    }


FAULTS = [
    Fault(status=429, retry_after=0.01),
    Fault(status=500),
    Fault(status=503),
    Fault(status=529),
    Fault(cut=True),
    Fault(garbage=True),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_what_may_pass_is_tried_again(serve: Serve, fault: Fault) -> None:
    model = serve(script(Turn("ok", faults=(fault, fault))))
    assert (await model.complete(HELLO)).message.content == "ok"
    assert len(model.server.requests) == 3  # type: ignore[attr-defined]


async def test_a_hanging_call_is_given_up_and_tried_again(serve: Serve) -> None:
    model = serve(script(Turn("ok", faults=(Fault(hang=30),))), timeout=0.5)
    assert (await model.complete(HELLO)).message.content == "ok"


async def test_a_provider_that_asks_for_a_pause_gets_it(serve: Serve) -> None:
    model = serve(script(Turn("ok", faults=(Fault(status=429, retry_after=1),))))
    started = time.monotonic()
    await model.complete(HELLO)
    assert time.monotonic() - started >= 1


async def test_a_very_long_pause_is_left_to_whoever_retries_the_step_and_nobody_else_calls_meanwhile(
    serve: Serve,
) -> None:
    model = serve(script(Turn("ok", faults=(Fault(status=429, retry_after=900),))))
    for _ in range(2):
        with pytest.raises(ModelBusy) as caught:
            await model.complete(HELLO)
        assert caught.value.away
        assert caught.value.retry_after == pytest.approx(900, abs=60)
    assert len(model.server.requests) == 1  # type: ignore[attr-defined]


async def test_after_its_attempts_a_busy_model_is_busy(serve: Serve) -> None:
    model = serve(script(Turn(faults=(Fault(status=529),) * 9)), attempts=3)
    with pytest.raises(ModelBusy, match="does not answer"):
        await model.complete(HELLO)
    assert len(model.server.requests) == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault(status=401, message=f"Incorrect API key provided: {KEY}."), "refused the key"),
        (Fault(status=403, message="Not for you."), "refused the key"),
        (Fault(status=404, message="The model does not exist."), "does not know it"),
        (Fault(status=402, message="Pay first."), "no credit left"),
        (Fault(status=429, message="You exceeded your current quota (insufficient_quota)."), "no credit left"),
        (Fault(status=400, message="Unknown parameter."), "refused the request"),
        (Fault(status=422, message="Unprocessable."), "refused the request"),
    ],
)
async def test_what_cannot_pass_is_told_at_once_with_a_remedy_and_without_the_key(
    serve: Serve, fault: Fault, sentence: str
) -> None:
    model = serve(script(Turn("ok", faults=(fault,))))
    with pytest.raises(ModelError) as caught:
        await model.complete(HELLO)
    assert sentence in caught.value.sentence
    assert caught.value.remedy
    assert KEY not in str(caught.value)
    assert KEY not in repr(model)
    assert caught.value.__cause__ is None
    assert len(model.server.requests) == 1  # type: ignore[attr-defined]


async def test_a_prompt_that_is_too_long_has_an_error_of_its_own(serve: Serve) -> None:
    message = "This model's maximum context length is 8192 tokens."
    model = serve(script(Turn(faults=(Fault(status=400, message=message),))))
    with pytest.raises(ContextFull):
        await model.complete(HELLO)


async def test_names_keys_and_servers_that_are_not_there_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ModelError, match="openai/NAME"):
        await LiteModel("nonsense").complete(HELLO)
    for name in ("openai/gpt-4o", "anthropic/claude-sonnet-4-5"):
        with pytest.raises(ModelError, match="there is no key"):
            await LiteModel(name).complete(HELLO)
    nobody = LiteModel("openai/x", api_base="http://127.0.0.1:9/v1", api_key=KEY, attempts=2, first_wait=0.01)
    with pytest.raises(ModelBusy):
        await nobody.complete(HELLO)
    await nobody.close()


async def test_the_fallback_answers_while_the_first_model_rests(serve: Serve) -> None:
    busy = Turn("ok", faults=(Fault(status=529),) * 2)
    model = serve(script(busy), attempts=2, fallback="openai/second")
    assert (await model.complete(HELLO)).model == "openai/second"
    assert (await model.complete(HELLO)).model == "openai/second"
    names = [request.body["model"] for request in model.server.requests]  # type: ignore[attr-defined]
    assert names == ["scripted", "scripted", "second", "second"]


async def test_a_model_that_failed_through_its_attempts_is_away_for_everybody(serve: Serve) -> None:
    model = serve(script(Turn(faults=(Fault(status=500),) * 9)), attempts=2)
    with pytest.raises(ModelBusy, match=r"does not answer .*; it is asked again in 60 s\.") as caught:
        await model.complete(HELLO)
    assert caught.value.away
    with pytest.raises(ModelBusy, match=r"^The model openai/scripted does not answer; it is asked again in \d+ s\.$"):
        await model.complete(HELLO)
    assert len(model.server.requests) == 2  # type: ignore[attr-defined]


async def test_what_a_model_refuses_does_not_make_it_away(serve: Serve) -> None:
    model = serve(script(Turn("ok", faults=(Fault(status=500), Fault(status=400), Fault(status=500)))), attempts=2)
    with pytest.raises(ModelError):
        await model.complete(HELLO)
    assert (await model.complete(HELLO)).message.content == "ok"


async def test_a_wrong_key_is_told_and_not_hidden_by_the_fallback(serve: Serve) -> None:
    model = serve(script(Turn("ok", faults=(Fault(status=401),))), fallback="openai/second")
    with pytest.raises(ModelError):
        await model.complete(HELLO)


async def test_check_makes_one_call_and_says_how_long_it_took(serve: Serve) -> None:
    model = serve([Conversation("Answer with", (Turn("ok"),))])
    assert (await model.check()).startswith("openai/scripted answered in ")


async def test_odd_answers_are_made_storable(serve: Serve) -> None:
    turn = Turn("nul \0, half \ud800.", (Call("shell", '{"command": "\0"}', ""), Call("", "", "")))
    reply = await serve(script(turn)).complete(HELLO)
    for text in (reply.message.content, *(item.arguments for item in reply.message.tool_calls)):
        assert "\0" not in text
        text.encode()


async def test_a_call_is_cancelled_at_once(serve: Serve) -> None:
    model = serve(script(Turn(faults=(Fault(hang=30),))))
    task = asyncio.create_task(model.complete(HELLO))
    await asyncio.sleep(0.2)
    task.cancel()
    started = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < 5


def test_prices_and_windows_come_from_litellms_list() -> None:
    known, unknown = LiteModel("anthropic/claude-sonnet-4-5"), LiteModel("openai/nobody-knows")
    assert known.context_tokens == 200_000
    assert known.cost(1_000_000, 0) == pytest.approx(3.0)
    assert unknown.cost(1000, 1000) is None
    assert unknown.context_tokens == 32_000
    assert LiteModel("openai/nobody-knows", window=9000, price=(1.0, 2.0)).cost(1000, 1000) == pytest.approx(0.003)
    with_fallback = LiteModel("openai/gpt-4o", fallback="anthropic/claude-sonnet-4-5")
    assert with_fallback.context_tokens == 128_000
    assert with_fallback.cost(1_000_000, 0) == pytest.approx(3.0)


async def _billed(serve: Serve, turn: Turn, **options: object) -> float | None:
    return (await serve(script(turn), **options).complete(HELLO)).usage.usd


async def test_what_the_provider_tells_counts_behind_a_price_by_hand_and_before_the_list(serve: Serve) -> None:
    told = Turn("ok", prompt_tokens=1000, completion_tokens=0, usage={"cost": 0.5})
    assert await _billed(serve, told) == 0.5
    assert await _billed(serve, told, price=(2.0, 10.0)) == pytest.approx(0.002)
    assert await _billed(serve, told, price=(0.0, 0.0)) == 0.0
    assert await _billed(serve, told, name="openai/gpt-4o") == 0.5
    assert await _billed(serve, told, else_price=(2.0, 10.0)) == 0.5


async def test_a_cost_of_nothing_is_believed_only_where_nothing_else_is_known(serve: Serve) -> None:
    told = Turn("ok", prompt_tokens=1000, completion_tokens=0, usage={"cost": 0})
    assert await _billed(serve, told) == 0.0
    assert await _billed(serve, told, name="openai/gpt-4o") == pytest.approx(0.0025)


async def test_whoever_brings_an_own_key_to_a_go_between_pays_behind_it_too(serve: Serve) -> None:
    usage = {"cost": 0.01, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.2}}
    assert await _billed(serve, Turn("ok", usage=usage)) == pytest.approx(0.21)
    assert await _billed(serve, Turn("ok", usage={**usage, "is_byok": False})) == pytest.approx(0.01)


async def test_a_proxy_tells_its_cost_in_a_header(serve: Serve) -> None:
    for header, usd in (("0.25", 0.25), ("nan", None), ("-1", None), ("much", None)):
        assert await _billed(serve, Turn("ok", headers={"x-litellm-response-cost": header})) == usd


@pytest.mark.parametrize("cost", [-1, -0.001, float("nan"), float("inf"), 1e6, "half", True, None, [1], {"usd": 1}])
async def test_an_absurd_cost_is_not_counted(serve: Serve, cost: object) -> None:
    told = Turn("ok", prompt_tokens=1000, completion_tokens=0, usage={"cost": cost})
    assert await _billed(serve, told) is None
    assert await _billed(serve, told, name="openai/gpt-4o") == pytest.approx(0.0025)


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 1000}},
        {"prompt_tokens_details": {"cached_tokens": 0, "cache_creation_tokens": 1000}},
        {"cache_creation_input_tokens": 1000},
        {"cache_creation_input_tokens": 1000, "prompt_tokens_details": {"cache_write_tokens": 1000}},
        {"prompt_tokens_details": {"cache_write_tokens": 1000, "cache_creation_tokens": 1000}},
    ],
)
async def test_what_is_written_to_a_cache_counts_once_under_whatever_name(serve: Serve, usage: object) -> None:
    turn = Turn("ok", prompt_tokens=2000, completion_tokens=0, usage=usage)  # type: ignore[arg-type]
    billed = await _billed(serve, turn, name="openai/claude-sonnet-4-5")
    assert billed == pytest.approx(1000 * 3e-6 + 1000 * 3.75e-6)


def test_a_price_for_whatever_has_none_counts_for_the_fallback_too() -> None:
    model = LiteModel("openai/gpt-4o", fallback="openai/nobody-knows", else_price=(100.0, 0.0))
    assert model.cost(1_000_000, 0) == pytest.approx(100.0)
    assert LiteModel("openai/gpt-4o", else_price=(100.0, 0.0)).cost(1_000_000, 0) == pytest.approx(2.5)


def test_cache_marks_reach_only_providers_that_want_them() -> None:
    message = Message("user", "hello", cache=True)
    assert on_the_wire([message], "m", Manners(), marks=False) == [{"role": "user", "content": "hello"}]
    part = {"type": "text", "text": "hello", "cache_control": {"type": "ephemeral"}}
    assert on_the_wire([message], "m", Manners(), marks=True) == [{"role": "user", "content": [part]}]


def test_a_malformed_call_of_the_past_is_sent_as_json_since_some_providers_refuse_the_history_otherwise() -> None:
    calls = Message("assistant", "", (ToolCall("1", "shell", "{oops"),))
    wire, empty = on_the_wire([calls, Message("assistant", "")], "m", Manners(), marks=False)
    assert json.loads(wire["tool_calls"][0]["function"]["arguments"]) == {"not_a_json_object": "{oops"}
    assert empty["content"] == "(no answer)"


def test_a_name_that_a_model_made_up_does_not_have_the_history_refused() -> None:
    calls = Message(
        "assistant", "", tuple(ToolCall(name, name, "{}") for name in ("<issue-0123456789abcdef>", "", "a b"))
    )
    (wire,) = on_the_wire([calls], "m", Manners(), marks=False)
    assert [call["function"]["name"] for call in wire["tool_calls"]] == ["_issue-0123456789abcdef_", "unknown", "a_b"]


ODD: tuple[object, ...] = ("x", None, [], 5, {"a": 1}, {"prompt_tokens": "ten"}, {"prompt_tokens": {"total": 5}})


@pytest.mark.parametrize("usage", ODD, ids=str)
async def test_an_answer_counts_whatever_is_said_of_what_it_took_and_is_not_for_nothing(
    serve: Serve, usage: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong number was an answer that nobody had made: paid for, thrown away, and asked for again."""
    model = serve(script(Turn("Hm.")), price=(2.0, 10.0))
    written = json.dumps

    def said(given: Any, **more: Any) -> str:
        return written({**given, "usage": usage} if isinstance(given, dict) and "choices" in given else given, **more)

    monkeypatch.setattr("tests.fakes.scripted_model.json.dumps", said)
    reply = await model.complete(HELLO, [])
    assert reply.message.content == "Hm."
    assert reply.usage.usd
    assert reply.usage.usd < 0.001
