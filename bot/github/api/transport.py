"""One request to GitHub's API and its answer, in whatever event loop it is asked for.

The engine's steps run in a loop of their own beside the server's, and connections belong to
the loop that opened them: so there is one set of connections per loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import httpx

from sandbox.errors import UserError

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
API_VERSION = "2022-11-28"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is asked. `path` is below the API's address, quoted, or a whole address that GitHub gave us.

    `creates` says that asking twice would make two, `elsewhere` that the answer may be an address at another server,
    where nothing of ours is sent: then that redirect is the answer.
    """

    method: str
    path: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    json: Any = None
    accept: str = ""
    creates: bool = False
    elsewhere: bool = False

    @property
    def makes_content(self) -> bool:
        """Whether GitHub counts it among what it lets us write in a minute: what is new, and what is edited."""
        return self.creates or self.method == "PATCH"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back. `body` is the JSON, or the text where another form was asked for; None where there is none.

    `size` is that of the body in bytes, as it is held.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    size: int = 0

    @property
    def next(self) -> str:
        """The address of the next page, empty on the last."""
        links = httpx.Response(200, headers={"link": self.headers.get("link", "")}).links
        return str(links.get("next", {}).get("url", ""))


class Unreachable(Exception):
    """No whole answer came. `sent`: the request may have been carried out all the same."""

    def __init__(self, sentence: str, *, sent: bool) -> None:
        super().__init__(sentence)
        self.sent = sent


class Wire:
    """The connections to one GitHub. Nothing is opened before the first request."""

    def __init__(self, api_url: str, *, timeout: httpx.Timeout = TIMEOUT) -> None:
        self.api_url = api_url
        self._timeout = timeout
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()

    async def ask(self, request: HttpRequest, authorization: str, etag: str = "") -> HttpAnswer:
        """One try, whatever the status of its answer; Unreachable where there is none."""
        loop = asyncio.get_running_loop()
        if loop not in self._lines:
            self._lines[loop] = _Line(self.api_url, self._timeout)
        return await self._lines[loop].ask(request, authorization, etag)

    def inside(self, address: str) -> bool:
        """Whether an address is of this API, so that our credentials may go there."""
        try:
            here, there = httpx.URL(self.api_url), httpx.URL(address)
        except (httpx.InvalidURL, ValueError):
            return False
        return (here.scheme, here.host, here.port) == (there.scheme, there.host, there.port)

    async def close(self) -> None:
        """Close the connections of every loop that still runs."""
        here = asyncio.get_running_loop()
        for loop, line in list(self._lines.items()):
            if loop is here:
                await line.close()
            elif loop.is_running():
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(line.close(), loop))
        self._lines.clear()


def connections(**options: Any) -> httpx.AsyncClient:
    """httpx's client, by the proxy and with the certificates that the environment names; UserError where it cannot."""
    try:
        return httpx.AsyncClient(**options)
    except (ImportError, ValueError, OSError) as error:  # httpx has no error of its own for these
        raise UserError(
            f"The network cannot be used as the environment says: {str(error).rstrip('.')}.",
            "Mend HTTP_PROXY, HTTPS_PROXY, ALL_PROXY (http:// or https:// each) or SSL_CERT_FILE of this process.",
        ) from error


class _Line:
    """The connections of one event loop."""

    def __init__(self, api_url: str, timeout: httpx.Timeout) -> None:
        self._api_url = api_url
        self._client = connections(
            base_url=api_url,
            headers={"User-Agent": "pullwright", "Accept": "application/vnd.github+json"},
            timeout=timeout,
            limits=httpx.Limits(max_connections=20),
        )

    async def ask(self, request: HttpRequest, authorization: str, etag: str) -> HttpAnswer:
        headers = {"Authorization": authorization, "X-GitHub-Api-Version": API_VERSION}
        if request.accept:
            headers["Accept"] = request.accept
        if etag:
            headers["If-None-Match"] = etag
        response = await self._send(request, headers)
        if response.is_success and response.content and not request.accept and not _is_json(response):
            raise Unreachable(f"What answers at {self._api_url} is not GitHub's API", sent=True)
        return HttpAnswer(response.status_code, _body(response), response.headers, len(response.content))

    async def _send(self, request: HttpRequest, headers: Mapping[str, str]) -> httpx.Response:
        params = dict(request.params) or None  # an empty one would take away what the address holds
        try:
            # credentials, retries and redirects are the door's, which sees them all
            return await self._client.request(
                request.method, request.path, params=params, json=request.json, headers=headers
            )
        except httpx.HTTPError as error:
            if (unreachable := _unreachable(error)) is None:
                raise
            raise unreachable from error

    async def close(self) -> None:
        await self._client.aclose()


def _body(response: httpx.Response) -> Any:
    if not response.content:
        return None
    if not _is_json(response):
        return response.text
    try:
        return response.json()
    except (ValueError, RecursionError) as error:
        if response.is_error:
            return response.text
        raise Unreachable("GitHub's answer was cut off, or is no JSON", sent=True) from error


def _is_json(response: httpx.Response) -> bool:
    kind = response.headers.get("content-type", "")
    return "json" in kind and "raw" not in kind


def _unreachable(error: httpx.HTTPError) -> Unreachable | None:
    """What a failed connection means; anything else is a mistake of ours and stays what it is."""
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout():
            return Unreachable(f"GitHub cannot be reached: {error or 'no connection'}", sent=False)
        case httpx.TimeoutException():
            return Unreachable("GitHub did not answer in time", sent=True)
        case httpx.NetworkError() | httpx.RemoteProtocolError() | httpx.DecodingError():
            return Unreachable("GitHub broke the connection", sent=True)
        case _:
            return None
