"""Files in which logins stand by their form, and the hashes under which passwords are kept.

A hash is no password, but whoever has it can try passwords for as long as they like. In a file of accounts it is as
good as one; elsewhere (a seed, a setting) it is for a person to look at, and in tests and documents it is ordinary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from workflows.secrets.placeholders import entropy, is_example, is_placeholder, is_template


@dataclass(frozen=True, slots=True)
class _Accounts:
    """A kind of file by its path, and its lines. `value` is what must not be made up."""

    kind: str
    path: re.Pattern[str]
    line: re.Pattern[str]


def _file(kind: str, names: str, line: str) -> _Accounts:
    return _Accounts(kind, re.compile(rf"(?:^|/){names}$", re.IGNORECASE), re.compile(line, re.IGNORECASE))


_VALUE = r"[\"']?(?P<value>[^\s\"',]{4,200})"
_ACCOUNTS = (
    _file(
        "Database password",
        r"\.?pgpass(?:\.conf)?",
        r"[\w.*-]{1,200}:[\d*]{1,5}:(?:[\w*.-]{1,60}:){2}(?P<value>\S{4,200})$",
    ),
    _file(
        "Database password", r"(?:pgbouncer/[\w.-]*|userlist)\.txt", r'"[^"\n]{1,60}"\s{1,5}"(?P<value>[^"\n]{4,300})"'
    ),
    _file("Database password", r"\.my(?:login)?\.cnf", r"\s{0,10}password\s{0,5}=\s{0,5}" + _VALUE),
    _file(
        "Database password",
        r"wp-config(?:-local|\.local)?\.php",
        r".{0,40}?\bdefine\(\s{0,5}['\"]DB_PASSWORD['\"]\s{0,5},\s{0,5}['\"](?P<value>[^'\"\n]{4,200})['\"]",
    ),
    _file("Password", r"pg_hba\.conf", r"[^#\n]{0,400}?\b(?:ldapbindpasswd|radiussecrets)=[\"']?" + _VALUE),
    _file("Password of a machine", r"[._]netrc", r"(?:[^#\n]{0,200}?\s)?password\s{1,5}" + _VALUE),
    _file(
        "Password of a mailbox",
        r"\.?(?:msmtp|fetchmail|mbsync|getmail|offlineimap|muttrc?|mpop|esmtp)rc",
        r"(?:[^#\n]{0,200}?\s)?(?:password|pass)(?:\s{1,5}|\s{0,5}=\s{0,5})" + _VALUE,
    ),
    _file("Password of a mailbox", r"sasl_passwd", r"[^#\s]{1,200}\s{1,9}[^:\s]{1,100}:(?P<value>\S{4,200})$"),
    _file(
        "Hash of a password",
        r"[\w.-]{0,60}htpasswd[\w.-]{0,20}",
        r"[^:#\s]{1,64}:(?P<value>(?:\{PLAIN\})?[./A-Za-z0-9]{13})$",
    ),
    _file("Hash of a password", r"g?shadow-?", r"[a-z_][\w.-]{0,40}:(?P<value>[./A-Za-z0-9]{13}):"),
    _file("Hash of a password", r"smbpasswd", r"[^:#\n]{1,40}:\d{1,9}:[0-9A-FX]{32}:(?P<value>[0-9A-F]{32}):"),
    _file("Hash of a password", r"(?:mgmt|application)-users\.properties", r"[^#=\s]{1,60}=(?P<value>[0-9a-f]{32})$"),
    _file("Password of a tunnel", r"(?:chap|pap)-secrets", r"[^#\s]{1,60}\s{1,9}\S{1,60}\s{1,9}" + _VALUE),
    _file(
        "Password of a tunnel",
        r"[\w.-]{0,60}ipsec[\w.-]{0,30}\.?secrets",
        r"[^#\n]{0,200}?\b(?:PSK|XAUTH|EAP|NTLM)\s{1,5}" + _VALUE,
    ),
    _file(
        "Password of a network",
        r"(?:wpa_supplicant|hostapd)[\w.-]{0,40}|[\w .-]{1,60}\.nmconnection",
        r"\s{0,10}(?:psk|wpa_passphrase|wep-?key\d|password|private_key_passwd)\s{0,5}=\s{0,5}" + _VALUE,
    ),
    _file(
        "Database password",
        r"(?:redis|sentinel|valkey|keydb)[\w.-]{0,40}\.conf",
        r"\s{0,10}(?:requirepass|masterauth|sentinel auth-pass \S{1,60})\s{1,5}" + _VALUE,
    ),
    _file("Database password", r"users?\.acl", r"\s{0,10}user\s[^#>\n]{1,200}>(?P<value>\S{4,200})"),
    _file(
        "Password",
        r"snmpd[\w.-]{0,20}\.conf",
        r"\s{0,10}(?:createUser\s{1,5}\S{1,60}\s{1,5}\w{1,12}|r[ow]community6?(?! +(?:public|private)))\s{1,5}"
        + _VALUE,
    ),
    _file("Password", r"slapd\.conf", r"\s{0,10}rootpw\s{1,9}" + _VALUE),
    _file("Password", r"[\w.-]{1,80}\.ldif", r"(?:userPassword|olcRootPW)::?\s{1,5}" + _VALUE),
    _file(
        "Password",
        r"[\w.-]{0,60}(?:ks|kickstart)[\w.-]{0,20}\.(?:cfg|ks)|[\w.-]{1,60}\.ks",
        r"\s{0,10}rootpw\s{1,5}(?:--\w{1,12}\s{1,5}){0,3}" + _VALUE,
    ),
    _file(
        "Password",
        r"[\w.-]{0,40}preseed[\w.-]{0,20}",
        r"\s{0,10}d-i\s{1,5}passwd/[\w-]{1,20}password[\w-]{0,12}\s{1,5}password\s{1,5}" + _VALUE,
    ),
)

_SALTED = r"(?:[\w=,.+/-]{0,60}\${1,2}){0,4}"
_HASHES = (
    re.compile(
        r"(?<![A-Za-z0-9$])\${1,2}(?:apr1|[1567]|y|gy|2[abxy]?|argon2(?:id|i|d)|scrypt|pbkdf2(?:-sha\d{1,3})?)\${1,2}"
        + _SALTED
        + r"(?P<value>[./A-Za-z0-9+]{22,90})(?![./A-Za-z0-9+])"
    ),
    re.compile(
        r"(?<![A-Za-z0-9])(?:pbkdf2[_:]sha\d{1,3}|scrypt|bcrypt_sha256)[:\d]{0,30}\$"
        + _SALTED
        + r"(?P<value>[./A-Za-z0-9+]{22,200})"
    ),
    re.compile(r"\{(?:S?(?:SHA|MD5)(?:256|512)?|CRYPT)\}(?P<value>[A-Za-z0-9+/]{22,200})"),
    re.compile(r"SCRAM-SHA-(?:1|256)\$\d{1,9}:[A-Za-z0-9+/=]{8,90}\$(?P<value>[A-Za-z0-9+/]{20,90})"),
)
_LEAST_BITS = 3.2
"""For each character of a hash, so that rows of one letter are none."""
_OF_ACCOUNTS = re.compile(
    r"(?:^|/)(?:[\w.-]{0,60}htpasswd[\w.-]{0,20}|g?shadow-?|passwd-?|pwfile|userlist\.txt|[\w.-]{1,80}\.ldif|slapd\.conf"
    r"|users\.properties|tomcat-users\.xml)$",
    re.IGNORECASE,
)
_OF_SQL = re.compile(
    r"(?:IDENTIFIED\s{1,5}(?:WITH\s{1,5}\S{1,40}\s{1,5})?BY|(?:USER|ROLE|LOGIN)\s[^;\n]{1,120}?\bPASSWORD)\s{0,5}=?\s{0,5}"
    r"'(?P<value>[^'\n]{4,200})'",
    re.IGNORECASE,
)


def in_accounts(text: str, path: str) -> Iterator[tuple[str, str]]:
    """The kinds and values of what is a login by the form of its file."""
    for one in _of(path):
        if (match := one.line.match(text)) and not _made_up(match["value"]):
            yield one.kind, match["value"]


def hashes(text: str) -> Iterator[str]:
    """What stands in a text as passwords are kept, wherever it is; without salt and method."""
    if "$" in text or "{" in text:
        for pattern in _HASHES:
            for match in pattern.finditer(text):
                if entropy(match["value"]) >= _LEAST_BITS and not is_example(match["value"]):
                    yield match["value"]


def of_statements(text: str) -> Iterator[str]:
    """Passwords that a statement of SQL gives somebody."""
    if "'" in text and ("PASSWORD" in (upper := text.upper()) or "IDENTIFIED" in upper):
        for match in _OF_SQL.finditer(text):
            if not _made_up(match["value"]) and not match["value"].startswith(("SCRAM-", "*", "0x")):
                yield match["value"]


def holds_accounts(path: str) -> bool:
    """Whether a file is there to hold accounts, so that hashes in it are those of people and machines."""
    return bool(_OF_ACCOUNTS.search(path))


@lru_cache(256)
def _of(path: str) -> tuple[_Accounts, ...]:
    return tuple(one for one in _ACCOUNTS if one.path.search(path))


def _made_up(value: str) -> bool:
    return is_placeholder(value) or is_template(value) or value.startswith(("@", "/", "-"))
