"""How one repository is asked: with its name as it is now, and with the token that suffices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from bot.github.api.auth import TokenBadge, Tokens
from bot.github.api.credentials import AppCredentials
from bot.github.api.http import Door, Look
from bot.github.api.paths import repository_path
from bot.github.api.shape import Node
from bot.github.api.transport import HttpRequest

Redact = Callable[[str], str]
"""Takes the secrets of this installation out of a text."""


class RepositoryResource:
    """What the parts of the repository's client share.

    Whatever is written goes through `redact`, wherever in the request it stands: no caller can forget it.
    """

    def __init__(
        self,
        door: Door,
        tokens: Tokens,
        reader: TokenBadge,
        talker: TokenBadge,
        writer: TokenBadge,
        credentials: AppCredentials,
        redact: Redact,
    ) -> None:
        self._door = door
        self._tokens = tokens
        self._reader = reader
        self._talker = talker
        self._writer = writer
        self._credentials = credentials
        self._redact = redact

    @property
    def full_name(self) -> str:
        """The repository's name, "owner/name": the present one, as far as GitHub has told us."""
        return self._tokens.name(self._reader.repository)

    async def _read(self, path: str, **params: str | int) -> Node:
        return Node.of((await self._door.send(HttpRequest("GET", self._path(path), params), self._reader)).body)

    async def _list(
        self, path: str, within: str = "", *, by: TokenBadge | None = None, **params: str | int
    ) -> AsyncIterator[Node]:
        """The items of a list, page by page; `within` is the key where GitHub wraps them."""
        async for page in self._door.pages(HttpRequest("GET", self._path(path), params), by or self._reader):
            for item in Node.of(page).items(within):
                yield item

    async def _write(self, method: str, path: str, json: Any = None, *, by: TokenBadge | None = None) -> Node:
        """A request that can be repeated without harm."""
        request = HttpRequest(method, self._path(path), json=self._told(json))
        return Node.of((await self._door.send(request, by or self._writer)).body)

    async def _create(self, path: str, json: Any, made: Look, *, by: TokenBadge | None = None) -> Node:
        """A request that is not to be carried out twice; `made` finds what an earlier one made."""
        request = HttpRequest("POST", self._path(path), json=self._told(json), creates=True)
        return Node.of((await self._door.send(request, by or self._writer, made=made)).body)

    def _says(self, found: Node, body: str) -> bool:
        """Whether that is what became of a text of ours: GitHub keeps line ends and blanks around it as it likes."""
        return _plain(found.words("body")) == _plain(self._redact(body))

    def _told(self, json: Any) -> Any:
        """The same JSON with every text in it redacted."""
        match json:
            case str():
                return self._redact(json)
            case dict():
                return {key: self._told(value) for key, value in json.items()}
            case list() | tuple():
                return [self._told(value) for value in json]
            case _:
                return json

    def _path(self, path: str) -> str:
        return f"{repository_path(self.full_name)}{path}"


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
