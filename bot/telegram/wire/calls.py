"""How Telegram calls us: where, and by which secret its calls are known. Nothing here loads its library."""

from __future__ import annotations

import hashlib
import hmac

PATH = "/telegram"
"""Behind the public address."""
SECRET_HEADER = "x-telegram-bot-api-secret-token"


def secret_for(token: str) -> str:
    """What each call carries in its header; whoever has the bot's token can tell, and nobody else."""
    return hmac.new(token.encode(), b"pullwright: calls of Telegram", hashlib.sha256).hexdigest()
