"""How operations of the API are declared, what they are called with, and how they answer or refuse."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from tests.fakes.github.auth import Actor
from tests.fakes.github.state import Comment, Issue, Pull, Repository, World

Json = Any

MAX_BODY = 65_536
"""Characters that a body of an issue, comment or review may have."""


@dataclass(slots=True)
class Answer:
    """A response: JSON, or bytes where `body` are some; None is an empty body."""

    body: Json = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """An answer that is an error, in GitHub's shape."""

    def __init__(self, status: int, message: str, errors: Sequence[Json] = (), **headers: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.errors = list(errors)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(self) -> Answer:
        body: dict[str, Json] = {"message": self.message}
        if self.errors:
            body["errors"] = self.errors
        body |= {"documentation_url": "https://docs.github.com/rest", "status": str(self.status)}
        return Answer(body, self.status, dict(self.headers))


def not_found() -> Refused:
    return Refused(404, "Not Found")


def invalid(resource: str, name: str, code: str, message: str = "") -> Refused:
    """A 422 about one field."""
    error = {"resource": resource, "field": name, "code": code}
    return Refused(422, "Validation Failed", [error | ({"message": message} if message else {})])


@dataclass(slots=True)
class Call:
    """One request to one operation, with who asks and what the path names."""

    world: World
    actor: Actor
    arguments: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    accept: str
    path: str
    """The path below the API's prefix, for links."""
    api: str
    """The API's address."""
    found: Repository | None = None

    @property
    def repo(self) -> Repository:
        if self.found is None:
            raise not_found()
        return self.found

    @property
    def sender(self) -> Any:
        return self.actor.account

    def number(self, name: str) -> int:
        text = self.arguments[name]
        if not text.isdigit():
            raise not_found()
        return int(text)

    def issue(self) -> Issue:
        """The issue or pull request that the path names."""
        number = self.number("number")
        if (there := self.repo.gone.get(number)) is not None:
            if not there:
                raise Refused(410, "This issue was deleted")
            moved = Refused(301, "Moved Permanently")
            moved.headers["Location"] = f"{self.api}/repos/{there}"
            raise moved
        found = self.repo.issues.get(number)
        if found is None:
            raise not_found()
        return found

    def comment(self) -> tuple[Issue, Comment]:
        """The comment that the path names, and the issue where it stands."""
        wanted = self.number("id")
        for issue in self.repo.issues.values():
            for said in issue.comments:
                if said.id == wanted:
                    return issue, said
        raise not_found()

    def pull(self) -> tuple[Issue, Pull]:
        issue = self.issue()
        if issue.pull is None:
            raise not_found()
        return issue, issue.pull

    def text(self, name: str, resource: str, *, required: bool = False, most: int = MAX_BODY) -> str | None:
        """A text field of the body, refused where it is too long (or missing, where it is required)."""
        value = self.body.get(name)
        if value is None or value == "":
            if required:
                raise invalid(resource, name, "missing_field")
            return None if value is None else ""
        if not isinstance(value, str):
            raise invalid(resource, name, "invalid")
        if len(value) > most:
            raise invalid(resource, name, "invalid", f"{name} is too long (maximum is {most} characters)")
        return value

    def page(self, items: Iterable[Json], wrap: str = "") -> Answer:
        """One page of a list, with the Link header that leads to the others."""
        whole = list(items)
        size = min(max(int(self.query.get("per_page") or 30), 1), 100)
        page = max(int(self.query.get("page") or 1), 1)
        last = max((len(whole) + size - 1) // size, 1)
        part = whole[(page - 1) * size : page * size]
        wanted = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        links = []
        for relation, target in wanted.items():
            ahead = relation in ("next", "last")
            if (ahead and page < last) or (not ahead and page > 1):
                links.append(f'<{self.link(page=str(target))}>; rel="{relation}"')
        body = {"total_count": len(whole), wrap: part} if wrap else part
        return Answer(body, headers={"Link": ", ".join(links)} if links else {})

    def link(self, **query: str) -> str:
        """This request's address with some of its query replaced."""
        return f"{self.api}{self.path}?{urlencode({**self.query, **query})}"


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what it needs, and what does it.

    `needs` are permissions as "issues:write", of which one is enough. `who` is "app" for
    what takes the App's JWT, "token" for installations and users, "anyone" for no
    credentials. `role` is what a user must have on the repository.
    """

    method: str
    template: tuple[str, ...]
    who: str
    needs: tuple[str, ...]
    role: str
    handle: Handler


TABLE: list[Operation] = []


def operation(
    method: str, template: str, *needs: str, who: str = "token", role: str = ""
) -> Callable[[Handler], Handler]:
    """Declare the decorated function as an operation. A last segment `{name*}` takes the rest of the path."""

    def declare(handle: Handler) -> Handler:
        writes = any(need.endswith(":write") for need in needs)
        TABLE.append(
            Operation(
                method,
                tuple(template.strip("/").split("/")),
                who,
                needs,
                role or ("write" if writes else "read"),
                handle,
            )
        )
        return handle

    return declare


def find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a request, and the arguments in its (percent-encoded) path; literal segments win."""
    segments = path.strip("/").split("/")
    best: tuple[Operation, dict[str, str]] | None = None
    for candidate in TABLE:
        arguments = _fit(candidate.template, segments) if candidate.method == method else None
        if arguments is None:
            continue
        if best is None or _rank(candidate, arguments) < _rank(*best):
            best = (candidate, arguments)
    return best


def _rank(candidate: Operation, arguments: dict[str, str]) -> tuple[int, int]:
    return len(arguments), -len(candidate.template)


def _fit(template: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    arguments: dict[str, str] = {}
    for place, part in enumerate(template):
        if part.endswith("*}"):
            # a branch may hold slashes, and something may follow it
            after = len(template) - place - 1
            end = len(segments) - after
            if end < place or tuple(segments[end:]) != template[place + 1 :]:
                return None
            return arguments | {part[1:-2]: unquote("/".join(segments[place:end]))}
        if place >= len(segments):
            return None
        if part.startswith("{"):
            arguments[part[1:-1]] = unquote(segments[place])
        elif part != segments[place]:
            return None
    return arguments if len(segments) == len(template) else None


def encode(answer: Answer) -> bytes:
    if answer.body is None:
        return b""
    return answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
