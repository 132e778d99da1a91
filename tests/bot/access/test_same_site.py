"""Whether a request that came with a cookie was sent by a page of ours."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from bot.access.same_site import is_ours


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": ""}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://us.x"}, False),
        ({"origin": "https://us.x"}, True),
        ({"origin": "https://US.x"}, True),
        ({"origin": "https://us.x:8000"}, False),
        ({"origin": "https://them.x"}, False),
        ({"origin": "https://us.x@them.x"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://["}, False),
        ({}, False),
    ],
)
def test_what_changes_something_must_say_that_it_began_here(headers: dict[str, str], ours: bool) -> None:
    given = Headers({"host": "us.x", **headers})
    assert [is_ours(method, given) for method in ("POST", "PUT", "PATCH", "DELETE", "WHATEVER")] == [ours] * 5
    assert [is_ours(method, given) for method in ("GET", "HEAD", "OPTIONS")] == [True] * 3


def test_an_origin_without_a_host_to_compare_it_with_is_not_ours() -> None:
    assert not is_ours("POST", Headers({"origin": "null"}))
    assert not is_ours("POST", Headers({"origin": "", "host": ""}))
