"""What the App signs, so that GitHub takes a request for its own: a JSON Web Token, good for nine minutes.

The libraries for it (cryptography with an OpenSSL of its own, githubkit) are a tenth of a process that only answers
people, which signs once in eight minutes at most. So such a process has it done by one that ends at once.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from bot.github.api.credentials import AppCredentials
from bot.github.api.errors import Unauthorized
from sandbox.errors import TransientError
from sandbox.processes import own_program

Sign = Callable[[AppCredentials], Awaitable[str]]
"""The token for an App; Unauthorized where its private key is none."""

_LIBRARY = "githubkit.auth.app"
_SECONDS = 30.0
_NO_KEY = 3


async def sign_here(credentials: AppCredentials) -> str:
    """In this process, which keeps what was loaded for it."""
    return _signed(credentials.app_id, credentials.private_key.get_secret_value())


async def sign_apart(credentials: AppCredentials) -> str:
    """In a process that ends at once; here, where the libraries are there anyway. TransientError where it cannot be."""
    if _LIBRARY in sys.modules:
        return await sign_here(credentials)
    key = credentials.private_key.get_secret_value()
    given = json.dumps([credentials.app_id, key]).encode()  # not among the arguments, which anybody here can read
    try:
        done = await asyncio.to_thread(own_program.run, own_program.command(__name__), _SECONDS, given=given)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TransientError("The App's signature could not be made just now.") from error
    if done.returncode == _NO_KEY:
        raise _unusable()
    if done.returncode or not done.stdout:
        raise TransientError("The App's signature could not be made just now.")
    return done.stdout.decode("ascii")


def _signed(app_id: int, key: str) -> str:
    from githubkit import AppAuthStrategy, GitHub
    from githubkit.cache import MemCacheStrategy
    from jwt.exceptions import InvalidKeyError

    strategy = AppAuthStrategy(app_id, key)
    # a cache of its own: githubkit's is one for the process, and knows Apps by their number alone
    flow: Any = strategy.get_auth_flow(GitHub(strategy, cache_strategy=MemCacheStrategy()))
    try:
        return str(flow.get_jwt())
    except (ValueError, TypeError, InvalidKeyError) as error:
        raise _unusable() from error


def _unusable() -> Unauthorized:
    return Unauthorized(
        "The private key of the App cannot be used.", "Make a new one in the App's settings, and set it here."
    )


def main() -> int:
    """Read the App's number and key as JSON from standard input, and write the token."""
    app_id, key = json.loads(sys.stdin.buffer.read())
    try:
        sys.stdout.write(_signed(app_id, key))
    except Unauthorized:
        return _NO_KEY
    return 0


if __name__ == "__main__":
    sys.exit(main())
