"""What GitHub's refusals mean for us, as errors of our own tree; but for one they are those of `workflows.errors`.

UserError
├── Refused            GitHub does not accept the request as it is; `status` says which refusal
│   ├── Unauthorized   it does not take the credentials themselves: a wrong key, a wrong clock
│   ├── TooLarge       a file is larger than it is read
│   └── NoDrafts       the repository's plan has no drafts of pull requests
└── Gone               what we worked with is not there for us any more: suspended, moved, archived, not permitted
    └── NotFound       there is no such thing, or we may not see it (GitHub does not say which)
TransientError         overloaded, limited, unreachable: it may pass by itself
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.github.api.shape import fit
from workflows.errors import Gone, NoDrafts, NotFound, Refused, TransientError, UserError

__all__ = [
    "Gone",
    "NoDrafts",
    "NotFound",
    "Refused",
    "TooLarge",
    "TransientError",
    "Unauthorized",
    "UserError",
    "message_of",
    "refusal",
]

_LONGEST = 300


class TooLarge(Refused):
    """A file is there, and larger than it is read."""


class Unauthorized(Refused):
    """GitHub does not take our own credentials: only whoever runs this server can mend that."""


def refusal(status: int, body: Any, headers: Mapping[str, str], what: str) -> UserError:
    """The error of an answer that repeating cannot mend; `what` is the request, as "POST /repos/o/r/pulls"."""
    message = message_of(body)
    lower = message.lower()
    if status in (404, 410):
        return NotFound(f"GitHub does not show us {what.partition(' ')[2]}: {message}.")
    if status == 451:
        return Gone("GitHub has taken this repository down for legal reasons.")
    if status == 401:
        return _unauthorized(message)
    if status == 403:
        for words, (sentence, remedy) in _FORBIDDEN.items():
            if words in lower:
                return Gone(sentence, remedy)
        if "not accessible by integration" in lower:
            return _not_permitted(headers.get("x-accepted-github-permissions", ""), what)
    return Refused(f"GitHub refused {what}: {message}.", status=status, message=message)


def message_of(body: Any) -> str:
    """What GitHub says in the body of a refusal: its message and the errors with it, on one line."""
    if not isinstance(body, Mapping):
        return "no reason was given"
    parts = [_word(body.get("message")) or "no reason was given"]
    errors = body.get("errors")
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, Mapping):
            told = (_word(error.get(key)) for key in ("field", "code"))
            parts.append(_word(error.get("message")) or " ".join(word for word in told if word))
        else:
            parts.append(_word(error))
    text = " ".join(": ".join(part for part in parts if part).split()).rstrip(".")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _word(value: Any) -> str:
    """A text or a number as a text; "" for anything that could hold more."""
    return fit(value) if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


_FORBIDDEN = {
    "suspended": (
        "The installation of this App is suspended.",
        "An owner of the account can unsuspend it in the settings, under GitHub Apps.",
    ),
    "archived": ("The repository is archived, so nothing can be changed in it.", "Unarchive it to go on."),
    "access blocked": ("GitHub has blocked access to this repository.", "Its owner was told why."),
    "ip allow list": (
        "The organization only lets addresses of its allow list in, and this server is not on it.",
        "Add this server's address to the allow list.",
    ),
    "saml": ("The organization asks for single sign-on that this App did not pass.", "Authorize the App there."),
}
"""GitHub's words, in lower case, and what they mean."""


def _unauthorized(message: str) -> Unauthorized:
    lower = message.lower()
    sentence = "GitHub does not accept our credentials"
    remedy = "Check that the App is still installed and its private key still valid."
    if "'iat'" in lower or "'exp'" in lower:
        sentence = "GitHub does not accept the time in our signature"
        remedy = "Set this server's clock (for example by NTP)."
    elif "issuer" in lower or "integration not found" in lower or "could not be decoded" in lower:
        sentence = "GitHub does not know this App or its key"
        remedy = "Check the App's id and private key; make a new key in the App's settings where it was deleted."
    return Unauthorized(f"{sentence}: {message}.", remedy, status=401, message=message)


def _not_permitted(accepted: str, what: str) -> Gone:
    """`accepted` is GitHub's header: "issues=write; pull_requests=write", of which one would do."""
    names = " or ".join(part.strip().replace("=", ": ") for part in accepted.split(";") if part.strip())
    which = f"the permission {names}" if names else f"a permission for {what}"
    return Gone(
        f"The App lacks {which} in this repository.",
        "Grant it in the App's settings, and accept the change in the installation's settings.",
    )
