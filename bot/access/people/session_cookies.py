"""What a browser holds of a session is signed: what is forged or worn out is refused before a database is asked.

The session itself is a row, found by the hash of what was signed: a signature alone lets nobody in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from itsdangerous import BadData, TimestampSigner

from workflows.store.web.sessions import SESSION_SECONDS

_SALT = b"pullwright session"
_MOST = 300
"""Characters; ours have some hundred."""


def derived(private_key: str) -> bytes:
    """A key for cookies from the App's own: the same in all processes of a server, and of no use for anything else."""
    return hmac.digest(private_key.encode(), b"pullwright session cookies", hashlib.sha256)


@dataclass(slots=True)
class SessionCookies:
    """`private_key` gives the App's, None while there is none: then a cookie is good as long as this process lives.

    Who comes then is at this machine, and `serve` prints a new link at each start.
    """

    private_key: Callable[[], str | None] = lambda: None
    _keys: list[bytes] = field(default_factory=lambda: [secrets.token_bytes(32)])

    def sign(self, secret: str) -> str:
        """What a browser is to hold."""
        return self._signer().sign(secret).decode("ascii")

    def read(self, held: str) -> str:
        """The secret of a session; "" where this is none of ours, or older than a session can be."""
        if not held or len(held) > _MOST:
            return ""
        try:
            return self._signer().unsign(held, max_age=int(SESSION_SECONDS)).decode("ascii")
        except (BadData, UnicodeError):
            return ""

    def _signer(self) -> TimestampSigner:
        if len(self._keys) == 1 and (key := self.private_key()) is not None:
            self._keys.append(derived(key))  # the last one signs; sessions of before go on
        return TimestampSigner(self._keys, salt=_SALT, key_derivation="hmac", digest_method=hashlib.sha256)
