"""What GitHub says of its limits is kept as its last word on each, and nonsense is not."""

from __future__ import annotations

import pytest

from bot.github.api.quota import Quotas, QuotaSeen


def heads(left: str = "4990", most: str = "5000", reset: str = "1800000000", **more: str) -> dict[str, str]:
    return {"x-ratelimit-limit": most, "x-ratelimit-remaining": left, "x-ratelimit-reset": reset, **more}


def test_the_last_word_on_each_limit_counts() -> None:
    found = Quotas()
    found.note("app", heads(), 1.0)
    found.note("installation 7", heads("12"), 2.0)
    found.note("installation 7", heads("29", "30", **{"x-ratelimit-resource": "search"}), 3.0)
    found.note("installation 7", heads("11"), 4.0)
    assert dict(found.seen) == {
        ("app", "core"): QuotaSeen(5000, 4990, 1_800_000_000.0, 1.0),
        ("installation 7", "search"): QuotaSeen(30, 29, 1_800_000_000.0, 3.0),
        ("installation 7", "core"): QuotaSeen(5000, 11, 1_800_000_000.0, 4.0),
    }


@pytest.mark.parametrize(
    "wrong",
    [{}, heads("x"), heads("-1"), heads("6000"), heads(reset="soon"), heads(reset="9" * 30), heads(most="9" * 20)],
)
def test_nonsense_is_no_word(wrong: dict[str, str]) -> None:
    found = Quotas()
    found.note("app", wrong, 1.0)
    assert not found.seen
