"""Words as the index knows them: identifiers split at camelCase and snake_case, stemmed a little, hashed to 64 bits."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

IDENTIFIER = re.compile(rb"[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*")
"""What counts as one identifier in a file's bytes; words of comments and strings are found by it too."""

LONGEST = 80
"""Longer identifiers are data (hashes, base64), not names."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\x00-\x7f]+")


def parts(identifier: str) -> tuple[str, ...]:
    """The words of an identifier in lower case, then the whole of it where it has several.

    `getHTTPResponse_code` gives get, http, response, code, gethttpresponse_code.
    """
    words = [stem(word.lower()) for word in _PARTS.findall(identifier) if len(word) > 1]
    whole = identifier.strip("_").lower()
    if len(whole) > 1 and len(words) != 1:
        words.append(whole)
    elif words and words[0] != stem(whole):
        words.append(stem(whole))
    return tuple(dict.fromkeys(words))


def stem(word: str) -> str:
    """Without the plural s. More stemming made the ranking worse."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=200_000)
def digest(word: str) -> int:
    """64 bits that stand for a word in index and cache, the same in every process."""
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "little")


_PLAIN = """
a an and are as at be been but by can could did do does doing for from get got had has have how i if in into is it
its just like may me might more my no not of on one only or our out over same see should so some such than that the
their them then there these they this those to too up us use used using was we were what when where which while who
why will with without would you your after also all any because before both each even here however new now other
still though very want way work working yes bug issue problem expected actual behavior behaviour result output
outcome error following example code version step reproduce reproduction description traceback most recent call last
file line minimal please thanks think seem look happen fix fixed python import print true false none null self def
return class system info
"""
STOP = frozenset(stem(word) for word in _PLAIN.split()) | frozenset(_PLAIN.split())
"""Words that every issue has and that say nothing about the place."""
