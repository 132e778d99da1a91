"""The parts of GitHub's webhook payloads that we read; whatever else a payload holds is passed over.

Tolerant on purpose: of a deleted account GitHub sends null, of an empty text null or nothing,
and fields come and go. Only what an event is nothing without is required.
https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.github.api.shape import fit


def _names(value: Any) -> tuple[str, ...]:
    """Labels come as objects, in old payloads as plain names."""
    given = value if isinstance(value, list) else ()
    names = (one.get("name") if isinstance(one, dict) else one for one in given)
    return tuple(fit(name) for name in names if isinstance(name, str) and name)


_Name = Annotated[str, AfterValidator(fit)]
_Text = Annotated[_Name, BeforeValidator(lambda value: "" if value is None else value)]
_Number = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
"""Of what GitHub counts; a database holds no more."""
_Labels = Annotated[tuple[str, ...], BeforeValidator(_names)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Account(_Part):
    login: _Name
    id: _Number = 0
    type: _Text = "User"


class Named(_Part):
    name: _Text = ""


class Repository(_Part):
    full_name: _Name
    id: _Number = 0
    default_branch: _Text = ""
    archived: bool = False


class Installation(_Part):
    id: _Number
    account: Account | None = None


class Issue(_Part):
    number: _Number
    title: _Text = ""
    body: _Text = ""
    user: Account | None = None
    html_url: _Text = ""
    labels: _Labels = ()
    state: _Text = "open"
    pull_request: Any = None
    """There only where the issue is a pull request."""


class Comment(_Part):
    id: _Number
    body: _Text = ""
    user: Account | None = None
    html_url: _Text = ""
    created_at: _Text = ""
    updated_at: _Text = ""


class Ref(_Part):
    ref: _Text = ""
    sha: _Text = ""


class PullRequest(_Part):
    number: _Number
    state: _Text = "open"
    merged: bool | None = False
    head: Ref = Ref()


class Before(_Part):
    """One changed field of an edit; `from` is what it was."""

    before: _Text = Field("", alias="from")


class Changes(_Part):
    body: Before | None = None


class Payload(_Part):
    """Any webhook: a part that its event does not carry is None."""

    action: _Text = ""
    installation: Installation | None = None
    repository: Repository | None = None
    sender: Account | None = None
    issue: Issue | None = None
    comment: Comment | None = None
    label: Named | None = None
    assignee: Account | None = None
    pull_request: PullRequest | None = None
    changes: Changes | None = None
