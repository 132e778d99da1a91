"""Any chat model behind `ports.Model`, through litellm: retries, a breaker, a fallback, time limits, prices."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from workflows.breaker import Breaker
from workflows.errors import ModelBusy, ModelError
from workflows.model import checkup, library
from workflows.model.manners import Manners, lesson
from workflows.model.refusals import judge, safe
from workflows.model.replies.reading import failed, finish_of, read_message
from workflows.model.request import MOST_OF_AN_ERROR, Asked, RefusedRequest, request
from workflows.model.spending import prices
from workflows.model.spending.counting import Counted, counted
from workflows.model.spending.open_calls import prompt_size
from workflows.ports import Message, Reply, ToolSpec, Usage

CONNECT_SECONDS = 15.0
GUESSED_WINDOW = 32_000
LONGEST_WAIT = 120.0
"""Seconds. A provider that asks for more is left alone until then, and so is the step."""
MOST_LESSONS = 5
"""How often one attempt is made otherwise, for what a refusal taught."""
REST = 60.0
"""Seconds for which a model that failed as often as one call may is not called; longer each time it still fails."""


log = logging.getLogger(__name__)


class LiteModel:
    """A model by litellm's name for it ("anthropic/...", "openai/..." with any compatible server).

    `api_key` None leaves the key to litellm, which looks in the environment variable of the
    provider. `timeout` is for one call, in seconds; `attempts` counts the first one too.
    `price` is dollars per million prompt and completion tokens and comes before all else that
    is known of it; `else_price` counts where nothing is, for the fallback too. `window` is the
    size of the context in tokens, for models that litellm's list does not have. `fallback` is
    called when `name` is still busy after its attempts, and while it rests from them; it shares
    key and base URL where the provider is the same. `secrets` are further values that no error
    text may show. Each model has a breaker of its own: a provider may well have overloaded
    one and answer for another.
    """

    def __init__(
        self,
        name: str,
        *,
        fallback: str | None = None,
        api_base: str | None = None,
        api_key: str | None = None,
        timeout: float = 600.0,
        attempts: int = 5,
        first_wait: float = 1.0,
        price: tuple[float, float] | None = None,
        else_price: tuple[float, float] | None = None,
        window: int | None = None,
        secrets: Sequence[str] = (),
    ) -> None:
        self._name = name
        self._api_base = api_base
        self._api_key = api_key
        self._timeout = timeout
        self._attempts = attempts
        self._first_wait = first_wait
        self._price = prices.by_hand(*price) if price else None
        self._else_price = prices.by_hand(*else_price) if else_price else None
        self._window = window
        self._secrets = (*secrets, *((api_key,) if api_key else ()))
        self._manners = Manners()
        self._breaker = Breaker(f"The model {name}", failures=attempts, first=REST, error=ModelBusy)
        self._fallback: LiteModel | None = None
        if fallback:
            same = fallback.partition("/")[0] == name.partition("/")[0]
            self._fallback = LiteModel(
                fallback,
                api_base=api_base if same else None,
                api_key=api_key if same else None,
                timeout=timeout,
                attempts=attempts,
                first_wait=first_wait,
                else_price=else_price,
                secrets=self._secrets,
            )

    def __repr__(self) -> str:
        return f"LiteModel({self._name!r})"

    @property
    def name(self) -> str:
        return self._name

    @property
    def context_tokens(self) -> int:
        """The smaller window of the model and its fallback, since either may get the prompt."""
        own = self._window or prices.window(library.listing(self._name)) or GUESSED_WINDOW
        if self._is_ollama and self._window is None:
            own = min(own, GUESSED_WINDOW)  # it is told so, and takes memory for all of it
        return own if self._fallback is None else min(own, self._fallback.context_tokens)

    @property
    def _is_ollama(self) -> bool:
        return self._name.startswith(("ollama/", "ollama_chat/"))

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """What a call would cost without any caching, in dollars; None where the price is not known.

        With a fallback the dearer of the two, since either may get the call.
        """
        price = self._known_price()
        own = price.usd(prompt_tokens, completion_tokens) if price else None
        other = self._fallback.cost(prompt_tokens, completion_tokens) if self._fallback else None
        return other if own is None or (other is not None and other > own) else own

    async def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec] = (),
        *,
        max_tokens: int = 8192,
        schema: Mapping[str, object] | None = None,
    ) -> Reply:
        """One call, as `ports.Model` says; ContextFull (a ModelError) where the prompt is too long."""
        asked = Asked(tuple(messages), tuple(tools), max_tokens, schema)
        try:
            return await self._persist(asked)
        except ModelBusy:
            if self._fallback is None:
                raise
        return await self._fallback.complete(messages, tools, max_tokens=max_tokens, schema=schema)

    async def check(self) -> str:
        """One call, tried once: a tiny one, or a long one to a server of one's own. Nothing of it stays open."""
        own = self._is_ollama or bool(self._api_base)
        try:
            prompt = checkup.LONG if own else checkup.PROMPT
            reply = await self._attempt(Asked((Message("user", prompt),), (checkup.TOOL,), 256))
            said = [f"{self._name} answered in {reply.usage.seconds:.1f} s."]
            if not self._manners.tools:
                said.append(checkup.WITHOUT_TOOLS)
            if own:
                said.append(checkup.counted(self._name, reply.usage.prompt_tokens))
        finally:
            await self.close()
        return " ".join(said)

    async def close(self) -> None:
        """Close the connections that litellm keeps for later calls."""
        await library.close_connections()

    async def _persist(self, asked: Asked) -> Reply:
        """Attempt after attempt, with growing waits between them or those that the provider asks for."""
        for attempt in range(1, self._attempts + 1):
            try:
                return await self._visit(asked)
            except ModelBusy as busy:
                wait = self._first_wait * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)
                wait = min(wait, LONGEST_WAIT) if busy.retry_after is None else busy.retry_after
                if busy.away or attempt == self._attempts or wait > LONGEST_WAIT:
                    raise
                await asyncio.sleep(wait)
        raise AssertionError("a model needs at least one attempt")

    async def _visit(self, asked: Asked) -> Reply:
        """One attempt, unless the model is away; what it refuses is an answer, too."""
        with self._breaker.visit() as visit:
            try:
                reply = await self._attempt(asked)
            except ModelBusy as busy:
                visit.failed(busy.retry_after, at_once=(busy.retry_after or 0.0) > LONGEST_WAIT)
                failure = busy
            except ModelError:
                visit.answered()
                raise
            else:
                visit.answered()
                return reply
        raise self._breaker.refusal(str(failure)) or failure

    async def _attempt(self, asked: Asked) -> Reply:
        """One attempt, made otherwise as often as a refusal says how."""
        tokens = asked.tokens
        for _ in range(MOST_LESSONS):
            try:
                return await self._call(asked, self._manners.tokens(tokens))
            except RefusedRequest as refused:
                taught = lesson(
                    refused.status,
                    refused.text,
                    self._manners,
                    self._manners.tokens(tokens),
                    tools=bool(asked.tools),
                    schema=asked.schema is not None,
                )
                if taught is None:
                    raise refused.verdict from None
                log.info("%s is asked otherwise from now on: %s", self._name, taught)
                self._manners, tokens, verdict = taught.manners, taught.tokens, refused.verdict
        raise verdict

    async def _call(self, asked: Asked, tokens: int) -> Reply:
        litellm = await asyncio.to_thread(library.loaded)
        import httpx
        import openai

        from workflows.model.answer_size import reading

        started = time.monotonic()
        with reading() as answer:
            try:
                async with asyncio.timeout(self._timeout):
                    response = await litellm.acompletion(
                        **self._request(asked, tokens),
                        api_base=self._api_base,
                        api_key=self._api_key,
                        timeout=httpx.Timeout(self._timeout, connect=min(CONNECT_SECONDS, self._timeout)),
                        max_retries=0,
                        num_retries=0,
                        drop_params=True,
                        _skip_mcp_handler=True,  # it would import 240 modules to look for tools that only it runs
                    )
            except TimeoutError:
                raise ModelBusy(f"The model {self._name} did not answer within {self._timeout:.0f} s.") from None
            except (openai.OpenAIError, httpx.HTTPError) as error:
                if answer.too_long:
                    raise ModelError(
                        f"The answer of the model {self._name} was too large: {answer.too_long}.",
                        "Check the model's name and its address; what stands there does not behave like a model.",
                    ) from None
                verdict = judge(error, model=self._name, secrets=self._secrets)
                if isinstance(verdict, ModelBusy) and getattr(error, "status_code", None) != 500:
                    raise verdict from None
                raise RefusedRequest(
                    getattr(error, "status_code", None), str(error)[:MOST_OF_AN_ERROR], verdict
                ) from None
        return self._reply(response, asked, tokens, time.monotonic() - started)

    def _request(self, asked: Asked, tokens: int) -> dict[str, Any]:
        """What is asked, as this model wants to be asked."""
        if asked.tools and self._manners.tools and not library.takes_tools(self._name):
            self._manners = replace(self._manners, tools=False)
        enforced = asked.schema is not None and bool(self._api_base or library.enforces(self._name))
        window = {"num_ctx": self.context_tokens} if self._is_ollama else {}
        return {"model": self._name, **request(asked, self._name, self._manners, tokens, enforced=enforced), **window}

    def _reply(self, response: Any, asked: Asked, tokens: int, seconds: float) -> Reply:
        if not response.choices:
            raise ModelBusy(f"The model {self._name} sent an answer without a message.")
        choice = response.choices[0]
        if why := failed(choice):
            raise ModelBusy(f"The model {self._name} does not answer ({safe(why, self._secrets)}).")
        message = read_message(choice, self._name, asked.tools)
        usage = self._usage(response, seconds, asked, message)
        return Reply(message, usage, self._name, finish_of(choice, usage.completion_tokens, tokens))

    def _usage(self, response: Any, seconds: float, asked: Asked, message: Message) -> Usage:
        took = counted(response)
        usd = took.usd if self._price is None else None
        if not usd:  # a go-between that does not know a cost tells it as 0: whose price is listed costs that
            price = self._known_price()
            usd = price.usd(*_sizes(took, asked, message), cached=took.cached, written=took.written) if price else usd
        return Usage(took.prompt, took.completion, took.cached, usd, seconds)

    def _known_price(self) -> prices.Price | None:
        return self._price or library.listed_price(self._name) or self._else_price


def _sizes(took: Counted, asked: Asked, message: Message) -> tuple[int, int]:
    """The tokens of a call; where none are told about as many as there were: it is not for nothing."""
    return took.prompt or prompt_size(asked.messages, asked.tools), took.completion or prompt_size([message], ())
