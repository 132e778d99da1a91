"""Counting an answer as litellm hands it on, whatever of it is there."""

from __future__ import annotations

from types import SimpleNamespace as Thing

import pytest

from workflows.model.spending.counting import Counted, counted


@pytest.mark.parametrize("name", ["cache_write_tokens", "cache_creation_tokens"])
def test_each_name_of_what_is_written_to_a_cache_is_enough(name: str) -> None:
    details = Thing(cached_tokens=1, **{name: 7})
    usage = Thing(prompt_tokens=10, completion_tokens=2, prompt_tokens_details=details)
    assert counted(Thing(usage=usage)) == Counted(prompt=10, completion=2, cached=1, written=7, usd=None)


def test_numbers_of_tokens_that_cannot_be_count_as_none() -> None:
    usage = Thing(prompt_tokens=float("inf"), completion_tokens=True, cache_creation_input_tokens=-5)
    assert counted(Thing(usage=usage)) == counted(Thing()) == Counted(0, 0, 0, 0, None)
