"""Types and fields of issues, which organisations have: https://docs.github.com/en/rest/issues/issue-field-values"""

from __future__ import annotations

from bot.github.api.errors import NotFound
from bot.github.api.models import FieldValue
from bot.github.api.resource import RepositoryResource
from bot.github.api.shape import Node


class IssueTypes(RepositoryResource):
    """The part of a repository that its owner's account gives to all issues."""

    async def issue_types(self) -> tuple[str, ...]:
        """The names of those that can be given here; none where the owner has none."""
        try:
            listed = await self._read("/issue-types")
        except NotFound:
            return ()
        return tuple(one.text("name") for one in listed.items() if one.flag("is_enabled", default=True))

    async def issue_type(self, number: int) -> str:
        """The name of the one that an issue has; "" where it has none. NotFound where there is no such issue."""
        return type_name(await self._read(f"/issues/{number}"))

    async def set_issue_type(self, number: int, name: str) -> str:
        """Give it one, or with "" none; the one that it has then: GitHub passes over whoever may not push."""
        answer = await self._write("PATCH", f"/issues/{number}", {"type": name or None}, by=self._talker)
        return type_name(answer)

    async def field_values(self, number: int) -> tuple[FieldValue, ...]:
        """What was chosen on an issue. NotFound where there is no such issue, or no field is known here."""
        listed = self._list(f"/issues/{number}/issue-field-values", by=self._talker)
        return tuple([value async for one in listed if (value := _value(one)) is not None])

    async def set_field(self, number: int, field: int, option: str) -> None:
        """Choose an option; what was chosen in other fields stays."""
        values = {"issue_field_values": [{"field_id": field, "value": option}]}
        await self._write("POST", f"/issues/{number}/issue-field-values", values, by=self._talker)

    async def clear_field(self, number: int, field: int) -> None:
        """One in which nothing is chosen is fine."""
        try:
            await self._write("DELETE", f"/issues/{number}/issue-field-values/{field}", by=self._talker)
        except NotFound:
            return


def type_name(issue: Node) -> str:
    """The name of an issue's type; "" where it has none."""
    return issue.maybe("type").words("name")


def field_values(issue: Node) -> tuple[FieldValue, ...]:
    """The options that were chosen on an issue, as far as the fields are named."""
    return tuple(value for one in issue.some("issue_field_values") if (value := _value(one)) is not None)


def _value(found: Node) -> FieldValue | None:
    option, name = found.maybe("single_select_option").words("name"), found.words("issue_field_name")
    return FieldValue(found.number("issue_field_id"), name, option) if option and name else None
