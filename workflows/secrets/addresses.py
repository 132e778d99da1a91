"""Passwords that stand in an address: URLs, connection strings of databases, headers and command lines.

As with shapes, nothing is repeated without a bound, so that a text is searched in linear time.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

_STOP = r"\s\"'`<>"
_URL = re.compile(
    rf"(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{{1,30}})://([^{_STOP}:/@]{{0,100}}):([^{_STOP}/]{{1,200}})"
    rf"@(\[[0-9a-fA-F:.]{{2,45}}\]|[^{_STOP}:/?#,;)@\\\]]{{1,253}})"
)
_USER_ALONE = re.compile(rf"(?<![A-Za-z0-9+.-])https?://([A-Za-z0-9_-]{{20,255}})@([^{_STOP}:/?#,;)@\\\]]{{1,253}})")
_HEX = re.compile(r"[0-9a-f]{32,64}")
_PUBLIC_BY_USER = re.compile(r"sentry|ingest|glitchtip|bugsink", re.IGNORECASE)
"""Services whose addresses hold a key that browsers send."""
_ORACLE = re.compile(
    rf"jdbc:oracle:\w{{2,10}}:([^{_STOP}/@]{{1,60}})/([^{_STOP}@]{{1,200}})@/{{0,2}}([^{_STOP}:/]{{1,253}})"
)
_QUERY = re.compile(rf"[?&;](?:password|passwd|pwd|pass)=([^&;#{_STOP}]{{1,200}})", re.IGNORECASE)
_BEFORE_QUERY = re.compile(rf"[A-Za-z0-9]://([^{_STOP}/?&;:]{{0,253}})[^{_STOP}]*$")
_QUERY_REACH = 400
_PAIR = re.compile(
    r"(?:^|[;\"'`=\s])\s{0,3}(?:password|pwd)\s{0,3}=\s{0,3}([^;\"'`\s]{1,200})(?=[;\"'`\s]|$)", re.IGNORECASE
)
_BESIDE = re.compile(
    r"(?:^|[;\"'`=])\s{0,3}(?:server|data source|address|addr|network address|host|user id|uid|user|username"
    r"|initial catalog|database|driver)\s{0,3}=\s{0,3}([^;\"'`]{1,200});",
    re.IGNORECASE,
)
_BESIDE_LIBPQ = re.compile(r"(?<![\w.])(?:host|hostaddr|dbname|sslmode)=([^\s\"'`=(){},;]{1,100})(?=[\s\"'`]|$)")
_HEADER = re.compile(
    r"authorization[\"'\]]{0,2}\s{0,3}[:=,]\s{0,3}[\"'`]?(basic|bearer|token)\s{1,3}([\w+/.=~-]{8,500})", re.IGNORECASE
)
_CURL = re.compile(rf"(?<!\S)(?:-u|--user)[ =][\"']?([^{_STOP}:]{{1,60}}):([^{_STOP}]{{1,200}})")
_COMMAND = re.compile(
    r"\b(?:sshpass\s{1,3}-p\s?|mysql(?:dump|admin)?\b[^\n|;]{0,200}?\s(?:-p|--password=)"
    r"|redis-cli\b[^\n|;]{0,100}?\s(?:-a|--pass)\s{1,3}"
    r"|(?:docker|podman|helm registry|npm|az acr|skopeo)\s{1,3}login\b[^\n|;]{0,200}?\s(?:-p|--password)[ =]"
    r"|az\s{1,3}login\b[^\n|;]{0,200}?\s(?:-p|--password)[ =]"
    r"|(?:wget|mongo(?:sh|dump|restore|import|export)?)\b[^\n|;]{0,200}?\s--(?:http-|ftp-)?password[ =]"
    r"|sqlcmd\b[^\n|;]{0,200}?\s-P\s?|ldap(?:search|modify|add|passwd)\b[^\n|;]{0,200}?\s-w\s{1,3}"
    r"|keytool\b[^\n|;]{0,200}?\s-(?:store|key)pass\s{1,3}|gpg\b[^\n|;]{0,200}?\s--passphrase[ =]"
    r"|openssl\b[^\n|;]{0,200}?\s-pass(?:in|out)?\s{1,3}pass:|sqlplus\s{1,3}(?:-\w{1,3}\s{1,3})?\w{1,40}/"
    r"|ConvertTo-SecureString\s{1,3}(?:-String\s{1,3})?(?=[\"'])"
    r"|PGPASSWORD=)"
    rf"[\"']?([^{_STOP}|;&@]{{4,200}})"
)
_COMMANDS = (
    "sshpass",
    "pgpassword",
    "redis-cli",
    "login",
    "mysql",
    "wget",
    "mongo",
    "sqlcmd",
    "ldap",
    "keytool",
    "gpg",
    "openssl",
    "sqlplus",
    "securestring",
)
_NETRC = re.compile(r"(?<!\w)login\s{1,5}(\S{1,100})\s{1,5}password\s{1,5}(\S{1,200})")
_PATTERN = re.compile(r"\[\^|\\[wWsSd]|\(\?|[.*+]\*|\.\+|\[a-z|\]\+|\\\\")

_LOOPBACK = re.compile(
    r"localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[?::1\]?|host\.docker\.internal|(?:[\w-]{1,63}\.)*(?:local|localhost|test|invalid)",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(
    r"(?:[\w-]{1,63}\.)*example(?:\.(?:com|org|net|io|edu))?|(?:[\w-]{1,63}\.)*domain\.(?:com|tld)|(?:my|your)?_?-?(?:host(?:name)?|server|alias)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Password:
    """A password at its place in a text, with the user and the host beside it where they are said.

    `certain` is False where what stands beside it does not make it a password by itself.
    """

    kind: str
    start: int
    end: int
    value: str
    user: str = ""
    host: str = ""
    certain: bool = True

    @property
    def is_local(self) -> bool:
        """Whether it opens nothing but what runs on the same machine."""
        return bool(_LOOPBACK.fullmatch(self.host))

    @property
    def is_example(self) -> bool:
        """Whether the host is one of those that exist for examples."""
        return bool(_EXAMPLE.fullmatch(self.host))


def passwords_in(text: str) -> Iterator[Password]:
    """Whatever stands where a password stands, placeholders too."""
    lower = text.lower()
    if "://" in text:
        yield from _in_urls(text)
    if "jdbc:oracle" in lower:
        for match in _ORACLE.finditer(text):
            yield Password("Database password", *match.span(2), match[2], match[1], match[3])
    if ("password" in lower or "pwd" in lower) and "=" in text:
        yield from _pairs(text)
    if "authorization" in lower:
        yield from _headers(text)
    yield from _in_commands(text, lower)


def _in_urls(text: str) -> Iterator[Password]:
    for match in _URL.finditer(text):
        if not _PATTERN.search(match[3]) and not re.match(r"\d{1,5}[?#]", match[3]):
            yield Password("Basic Auth Credentials", *match.span(3), match[3], match[2], match[4])
    for match in _USER_ALONE.finditer(text):
        if not _PUBLIC_BY_USER.search(match[2]):
            yield Password(
                "Basic Auth Credentials",
                *match.span(1),
                match[1],
                host=match[2],
                certain=bool(_HEX.fullmatch(match[1])),
            )
    yield from _queries(text)


def _in_commands(text: str, lower: str) -> Iterator[Password]:
    if "curl" in lower:
        for match in _CURL.finditer(text):
            yield Password("Password of a command", *match.span(2), match[2], match[1])
    if any(word in lower for word in _COMMANDS):
        for match in _COMMAND.finditer(text):
            yield Password("Password of a command", *match.span(1), match[1])
    if "login" in text and "password" in text:
        for match in _NETRC.finditer(text):
            yield Password("Password of a machine", *match.span(2), match[2], match[1])


def _queries(text: str) -> Iterator[Password]:
    """`jdbc:postgresql://h/d?user=u&password=p`, and any other address with such a parameter."""
    for match in _QUERY.finditer(text):
        begin = text.rfind("://", max(0, match.start() - _QUERY_REACH), match.start())
        before = _BEFORE_QUERY.match(text, begin - 1, match.start()) if begin > 0 else None
        if before:
            yield Password("Database password", *match.span(1), match[1], host=before[1])


def _pairs(text: str) -> Iterator[Password]:
    """`Server=h;User Id=u;Password=p;` and `host=h dbname=d password=p`."""
    beside = [match[1] for match in _BESIDE.finditer(text)]
    separator = bool(beside)
    if not beside:
        beside = [match[1] for match in _BESIDE_LIBPQ.finditer(text)]
    if not beside:
        return
    host = next((value for value in beside if _LOOPBACK.fullmatch(value.partition(",")[0].strip())), "")
    for match in _PAIR.finditer(text):
        if separator or text[match.start() : match.start() + 1].isspace() or match.start() == 0:
            yield Password("Database password", *match.span(1), match[1], host=host.partition(",")[0].strip())


def _headers(text: str) -> Iterator[Password]:
    for match in _HEADER.finditer(text):
        value, user = match[2], ""
        if match[1].lower() == "basic":
            try:
                user, _, value = base64.b64decode(value, validate=True).decode().partition(":")
            except ValueError:
                continue
            if not value:
                continue
        yield Password("Authorization header", *match.span(2), value, user, certain=match[1].lower() == "basic")
