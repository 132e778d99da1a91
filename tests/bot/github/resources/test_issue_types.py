"""Types and fields that an organisation gives to issues: read where there are some, given, and taken back."""

from __future__ import annotations

import pytest

from bot.github.api.errors import NotFound
from bot.github.api.models import FieldValue
from bot.github.api.shape import Node
from bot.github.resources.issue_types import field_values, type_name
from tests.bot.github.connecting import connected
from tests.fakes.github.scene import Scene


async def test_an_owner_without_types_has_none_and_no_issue_has_one(scene: Scene) -> None:
    number = scene.issue()
    async with connected(scene) as repo:
        assert await repo.issue_types() == ()
        assert await repo.issue_type(number) == ""
        with pytest.raises(NotFound):
            await repo.issue_type(404)


async def test_a_type_and_an_option_are_given_changed_and_taken_back(scene: Scene) -> None:
    field = scene.github.issue_types("octo/sample", "Bug", "Task", Priority=["High", "Low"])["Priority"]
    number = scene.issue()
    async with connected(scene) as repo:
        assert await repo.issue_types() == ("Bug", "Task")
        assert [await repo.set_issue_type(number, name) for name in ("Bug", "Task", "")] == ["Bug", "Task", ""]
        for option in ("High", "Low"):
            await repo.set_field(number, field, option)
            assert await repo.field_values(number) == (FieldValue(field, "Priority", option),)
        for _ in range(2):
            await repo.clear_field(number, field)
        assert await repo.field_values(number) == ()


@pytest.mark.parametrize("odd", [{}, {"type": None}, {"type": {}}, {"type": {"name": None}}])
def test_an_issue_without_a_type_is_read_as_such(odd: dict[str, object]) -> None:
    assert type_name(Node(odd)) == ""


def test_fields_that_have_no_option_or_no_name_are_passed_over() -> None:
    option = {"name": "High"}
    values = [
        {"issue_field_id": 1, "issue_field_name": "Priority", "single_select_option": option},
        {"issue_field_id": 2, "issue_field_name": "Size", "single_select_option": None},
        {"issue_field_id": 3, "single_select_option": option},
        {"issue_field_id": 4, "issue_field_name": "Text", "value": "words"},
    ]
    assert field_values(Node({"issue_field_values": values})) == (FieldValue(1, "Priority", "High"),)
    assert field_values(Node({"issue_field_values": None})) == ()
