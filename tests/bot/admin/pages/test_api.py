"""The page of the API has every operation of its description, each with what it takes, for anybody."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import jsonschema
import pytest

from bot.admin.pages.api import cards_of
from tests.fakes.visiting import House, house


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


async def test_each_operation_is_there_with_an_example_that_it_takes(opened: House) -> None:
    described = opened.faces.api.description()
    cards = {card.name: card for card in cards_of(described)}
    assert set(cards) == {one.name for one in opened.faces.api.table}
    for one in opened.faces.api.table:
        card = cards[one.name]
        assert {place.name for place in card.places if place.at == "query"} == {field.name for field in one.fields}
        assert bool(card.body) is (one.takes is not None)
        if one.takes is not None:
            schema = {**described["components"]["schemas"][one.takes.__name__], "components": described["components"]}
            jsonschema.validate(json.loads(card.body), schema)
            one.takes.model_validate_json(card.body)
            assert {name for name, _, _ in card.fields} == set(one.takes.model_fields)


async def test_anybody_reads_it_and_nothing_runs_in_it_but_our_files(opened: House) -> None:
    async with opened.visitor() as nobody:
        shown = await nobody.get("/admin/api")
    assert shown.status_code == 200
    assert "connect-src 'self'" in shown.headers["content-security-policy"]
    assert "unsafe" not in shown.headers["content-security-policy"]
    assert shown.text.count('class="operation"') == len(opened.faces.api.table)
    assert "<nav" not in shown.text
