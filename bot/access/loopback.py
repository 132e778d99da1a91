"""Whether a request comes from this very machine, and not through something that stands before us here."""

from __future__ import annotations

import ipaddress

from starlette.requests import HTTPConnection

_PASSED_ON = frozenset(
    (
        *("forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip"),
        *("client-ip", "fastly-client-ip", "fly-client-ip", "x-envoy-external-address", "x-azure-clientip"),
        *("x-proxyuser-ip", "x-remote-addr", "x-remote-ip", "x-scheme", "x-amzn-trace-id", "cf-ray", "cdn-loop"),
    )
)


def is_local(request: HTTPConnection) -> bool:
    """By the address that it comes from, the one that it asks for, what proxies add, and which HTTP is spoken.

    A proxy on this machine comes from here, too, and some add nothing. So this alone opens no door: it is asked
    beside a secret that only whoever started the server has seen.
    """
    client = request.client.host if request.client else ""
    host = request.headers.get("host", "").rpartition("@")[2]
    name = host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    given = [name.lower() for name in request.headers]
    passed_on = any(one in _PASSED_ON or one.startswith(("x-forwarded", "x-original-")) for one in given)
    passed_on |= request.scope.get("http_version") == "1.0"  # nginx, where nobody told it otherwise
    return not passed_on and _is_loopback(client) and (name.lower() == "localhost" or _is_loopback(name))


def _is_loopback(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.is_loopback or (
        address.version == 6 and bool(address.ipv4_mapped and address.ipv4_mapped.is_loopback)
    )
