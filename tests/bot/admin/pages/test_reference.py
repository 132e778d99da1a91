"""What can be written to Pullwright is told by a page and a schema, to anybody, from what reads it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import jsonschema
import pytest
import yaml

from bot.commands.table import COMMANDS
from tests.fakes.visiting import House, house


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


async def test_each_command_of_the_table_is_on_the_page(opened: House) -> None:
    async with opened.visitor() as anybody:
        text = (await anybody.get("/admin/commands")).text
    shown = [unescape(one) for one in re.findall(r"<tr><td><code>(.*?)</code></td>", text)]
    assert shown == [command.usage for command in COMMANDS.values()]


async def test_the_schema_is_served_to_editors(opened: House) -> None:
    async with opened.visitor() as anybody:
        answer = await anybody.get("/admin/pullwright.schema.json")
    assert answer.headers["content-type"].startswith("application/schema+json")
    checker = jsonschema.Draft7Validator(answer.json())
    assert list(checker.iter_errors(yaml.safe_load("test: pytest\nlimits: {memory: 4g}"))) == []
    assert list(checker.iter_errors(yaml.safe_load("tests: pytest")))
