"""What every answer to a person or a program says about how it may be used."""

from __future__ import annotations

from starlette.responses import Response

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


def hardened(answer: Response, *, keep: bool = False) -> Response:
    """No script or style but our own files, no frame, no cache (unless it may be kept), no referrer."""
    headers = {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "public, max-age=86400, immutable" if keep else "no-store",
    }
    for name, value in headers.items():
        answer.headers.setdefault(name, value)
    return answer
