"""Against requests that another site has a browser send: what comes with a cookie and changes something is ours.

Browsers say where a request began (`Sec-Fetch-Site`), and no page can forge that header. One that does not say it
says an `Origin`, which must be the host that was asked. What says neither comes from no browser of these years.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def is_ours(method: str, headers: Headers) -> bool:
    """Whether a request may change something by the cookie that it came with."""
    if method in SAFE:
        return True
    if (site := headers.get("sec-fetch-site")) is not None:
        return site in ("same-origin", "none")
    if (origin := headers.get("origin")) is not None:
        return bool(headers.get("host")) and _host(origin) == headers["host"].lower()
    return False


def _host(origin: str) -> str:
    """ "" where it has none, as "null" and `http://[`."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
