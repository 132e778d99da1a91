"""Headers as an operator writes them into a setting."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from pydantic_core import PydanticCustomError

from bot.header_fields import fields_of, valid_fields


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", {}),
        (" , ", {}),
        ("a=1,b=2", {"a": "1", "b": "2"}),
        (" a = 1 ,, b=2 ", {"a": "1", "b": "2"}),
        ("Authorization=Basic dTpw==", {"Authorization": "Basic dTpw=="}),
        ("Authorization=Basic%20a%2Cb", {"Authorization": "Basic a,b"}),
        ("a=", {"a": ""}),
        ("a=1,a=2", {"a": "2"}),
    ],
)
def test_what_is_written_is_read_and_valid(text: str, fields: dict[str, str]) -> None:
    assert fields_of(text) == fields
    given = SecretStr(text)
    assert valid_fields(given) is given


@pytest.mark.parametrize(
    "text",
    ["secret", "a=1,b", "=1", "a b=1", "a:=1", "ä=1", "a=%0d%0aX: 1", "a=\x7f", "a=ä", "a=%C3%A4", "a\n=1,b\r\n:x=1"],
)
def test_what_http_does_not_take_is_refused_without_telling_it(text: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        valid_fields(SecretStr(text))
    assert text not in str(refused.value)


def test_where_nothing_is_set_nothing_is_checked() -> None:
    assert valid_fields(None) is None
