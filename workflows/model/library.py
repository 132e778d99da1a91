"""litellm itself: loaded late, kept silent, and asked what it knows of a model.

It takes seconds and 165 MB to import, so that is done in a process that works on runs, from the first step on and
beside it (`warm`), and in no other.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import threading
import warnings
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workflows.model.replies.reading import flat
from workflows.model.spending import prices
from workflows.model.spending.counting import readable


@cache
def warm() -> None:
    """Begin to import the library, in a thread: whoever calls a model first waits for no more than the rest."""
    threading.Thread(target=_everything, name="litellm", daemon=True).start()


def _everything() -> None:
    """The library, and what most calls load on their way."""
    loaded()
    import openai.resources  # noqa: F401


@cache
def loaded() -> Any:
    """The library, silent, without a look at the network for its price list, or at a `.env` above its own place."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    collecting = gc.isenabled()
    gc.disable()  # a quarter of its import is the collector, which finds nothing among new modules
    try:
        import litellm
        from litellm.litellm_core_utils.llm_response_utils import convert_dict_to_response
        from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler
        from litellm.llms.openai.chat import gpt_transformation
        from litellm.llms.openai.common_utils import BaseOpenAILLM
    finally:
        if collecting:
            gc.enable()

    from workflows.model.answer_size import bind

    bind(BaseOpenAILLM, AsyncHTTPHandler)
    _read_any_usage(litellm)
    for module in (convert_dict_to_response, gpt_transformation):  # neither takes a content that is a list of parts
        module.extract_reasoning_content = flat(module.extract_reasoning_content)
    # It takes Gemini's signatures out of calls' ids for all whom it does not know to be Gemini, gateways too.
    litellm.utils._remove_thought_signatures_from_messages = lambda messages, _separator: messages
    litellm.suppress_debug_info = True
    warnings.filterwarnings(
        "ignore", "Pydantic serializer warnings", UserWarning
    )  # of contents in parts, which we read
    litellm.disable_aiohttp_transport = True  # one HTTP client for all providers, whose connections we can close
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return litellm


def _read_any_usage(litellm: Any) -> None:
    """Have litellm take an answer whatever its provider says of what it took."""
    from litellm.llms.openai import openai

    usage, convert = litellm.Usage, openai.convert_to_model_response_object
    begin = usage.__init__

    def make(self: Any, *args: Any, **given: Any) -> None:
        begin(self, *args, **given if args else readable(given))

    def converted(*args: Any, response_object: Any = None, **more: Any) -> Any:
        if isinstance(response_object, dict) and not isinstance(response_object.get("usage"), dict):
            response_object = {**response_object, "usage": None}
        return convert(*args, response_object=response_object, **more)

    usage.__init__ = make
    openai.convert_to_model_response_object = converted


async def close_connections() -> None:
    """Those that it keeps for later calls."""
    from litellm.llms.custom_httpx.async_client_cleanup import close_litellm_async_clients

    await close_litellm_async_clients()
    await asyncio.sleep(0.05)  # asyncio lets go of closed connections on a later turn of its loop


@lru_cache(maxsize=64)
def takes_tools(name: str) -> bool:
    """Whether litellm hands tools on to that provider; what it knows nothing of is asked."""
    params = loaded().get_supported_openai_params(model=name)
    return params is None or "tools" in params


@lru_cache(maxsize=64)
def enforces(name: str) -> bool:
    """Whether litellm knows the model to keep to a schema."""
    return bool(loaded().supports_response_schema(model=name))


def listed_price(name: str) -> prices.Price | None:
    """What litellm's list says that a model costs, None where it does not know it; without importing litellm."""
    return prices.listed(listing(name))


@lru_cache(maxsize=64)
def listing(name: str) -> Mapping[str, Any]:
    """A model's entry in the list that litellm brings along: read from its file in less than a tenth of a second."""
    found = find_spec("litellm")
    assert found is not None, "litellm is installed with us"
    for folder in found.submodule_search_locations or ():
        file = Path(folder) / "model_prices_and_context_window_backup.json"
        if file.exists():
            return dict(prices.entry(json.loads(file.read_bytes()), name))
    return dict(prices.entry(loaded().model_cost, name))
