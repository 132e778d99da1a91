"""Takes addresses as tools of this machine are configured with them, and gives what a box may have in their place."""

from __future__ import annotations

import base64
import hashlib
import netrc
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from sandbox.backend import Mount
from sandbox.network.endpoints import endpoint
from sandbox.network.gateway import Route, climbs, inside

_MOST = 4 * 1024 * 1024
_SECRET = re.compile(rb"//[^/\s@:]+:[^/\s@]+@")
_HALF = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Halves of characters that stand for no byte."""
_UNFIT = re.compile("[\0\ud800-\udfff]")
"""What no file of settings takes."""


@dataclass(frozen=True, slots=True)
class Login:
    """A header's value, and the words of it that are secret."""

    authorization: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


def basic(user: str, password: str) -> Login:
    # A variable of the environment may hold bytes that are no UTF-8, and JSON halves of characters.
    pair = f"{user}:{password}"
    raw = pair.encode("utf-8", "surrogateescape" if not _HALF.search(pair) else "replace")
    coded = base64.b64encode(raw).decode()
    return Login(f"Basic {coded}", (password, coded) if password else (user, coded))


def bearer(token: str) -> Login:
    return Login(f"Bearer {token}", (token,))


class Gathering:
    """Fills what `Configured` is made of. `environ` and `home` are those of the user that we run as.

    `root` is where the machine's own files lie, /etc and /usr.
    """

    def __init__(self, environ: Mapping[str, str], home: Path, root: Path) -> None:
        self.environ = environ
        self.home = home
        self._root = root
        self.env: dict[str, str] = {}
        self.files: dict[str, bytes] = {}
        self.mounts: dict[str, Mount] = {}
        self.hosts: set[str] = set()
        self.routes: dict[str, Route] = {}
        self.notes: list[str] = []
        self._netrc = self._read_netrc()

    def text(self, *places: str | Path) -> str:
        """The file at a place ("~" is the user's home), "" where there is none that can be read."""
        path = Path(*map(self.at_home, places))
        if path.parts[1:2] in (("etc",), ("usr",)):
            path = self._root.joinpath(*path.parts[1:])
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                return ""
            with path.open("rb") as file:
                return file.read(_MOST).decode("utf-8-sig", "replace")
        except (OSError, ValueError):  # a name with a NUL
            return ""

    def at_home(self, place: str | Path) -> Path:
        """A place of the host, "~" in front of it being the user's home."""
        head, _, rest = str(place).partition("/")
        return self.home / rest if head == "~" else Path(place)

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def address(self, tool: str, text: str, login: Login | None = None, *, cut: tuple[str, ...] = ()) -> str:
        """What a tool in a box is to use for a registry's address; "" for what it cannot have, which is noted.

        A last part of the path that is in `cut` is the registry's index: its packages lie beside it.
        """
        text = self.expanded(text.strip())
        if _UNFIT.search(unquote(text, errors="surrogateescape") if text.startswith("file:") else text):
            return self._not_for_a_box(tool, text)
        try:
            url = urlsplit(text)
        except ValueError:  # `https://[::1`
            return self._not_for_a_box(tool, text)
        if url.scheme == "file" or (not url.scheme and text.startswith(("/", "~"))):
            return text if self.show(tool, self.at_home(unquote(url.path)), cut=cut) else ""
        try:
            port = (443 if url.scheme == "https" else 80) if url.port is None else url.port
            strange = not url.hostname or re.search(r"[\\\s\x00-\x1f]", text)
            to = None if strange else endpoint(f"{url.hostname}:{port}")
        except ValueError:
            to = None
        if url.scheme not in ("https", "http") or to is None or climbs(url.path):
            return self._not_for_a_box(tool, text)
        login = _login_in(url) or login or self._netrc.get(url.hostname or "")
        plain = _without_login(url)
        if login is None and url.scheme == "https":
            self.hosts.add(f"{to.name}:{to.port}")
            return plain
        return self._routed(urlsplit(plain), login, cut)

    def _not_for_a_box(self, tool: str, text: str) -> str:
        """Told without a login, which may lie anywhere: of a password with a slash the first part looks like a port."""
        known = _UNFIT.sub("\ufffd", text.rpartition("@")[2])
        self.note(f"{tool}: `{known}` is not an address that counts in a box.")
        return ""

    def _routed(self, url: SplitResult, login: Login | None, cut: tuple[str, ...]) -> str:
        path = url.path if url.path.endswith("/") else f"{url.path}/"
        *above, last, _ = ["", *path.split("/")] if path != "/" else ["", "", ""]
        split = last in cut
        base = urlunsplit(url._replace(path="/".join([*above[1:], ""]) if split else path, query="", fragment=""))
        key = hashlib.sha256(base.encode()).hexdigest()[:10]
        known = self.routes.get(key)
        if known is None or (login is not None and not known.authorization):
            self.routes[key] = Route(base, login.authorization if login else "", login.secrets if login else ())
        rest = f"{last}/" if split else ""
        return inside(key) + (rest if url.path.endswith("/") else rest.rstrip("/"))

    def show(self, tool: str, path: Path, *, cut: tuple[str, ...] = ()) -> bool:
        """Have a directory or file of the host in the box, read-only and at its place."""
        path = Path(os.path.normpath(path))
        if path.name in cut:
            path = path.parent
        why = self._unfit(path)
        if why:
            self.note(f"{tool}: `{path}` is not shown in a box: {why}.")
            return False
        self.mounts[str(path)] = Mount(path, str(path))
        return True

    def _unfit(self, path: Path) -> str:
        try:
            real = Path(os.path.realpath(path))
            facts = real.stat()
        except (OSError, ValueError):  # a name with a NUL
            return "it is not there"
        if not path.is_absolute():
            return "it is no path of this machine"
        for one in (path, real):
            if len(one.parts) < 3 or one in (self.home, *self.home.parents) or Path("/home") == one.parent:
                return "it holds more than packages"
            if one.parts[1] in ("proc", "sys", "dev", "run", "etc", "boot") and not real.is_file():
                return "it is the system's own"
        if any(part.startswith(".") for part in real.relative_to("/").parts) and real.is_relative_to(self.home):
            return "it lies among the settings of a user"
        needed = stat.S_IROTH | (stat.S_IXOTH if stat.S_ISDIR(facts.st_mode) else 0)
        if facts.st_mode & needed != needed:
            return "not everybody may read it"
        if stat.S_ISREG(facts.st_mode) and _SECRET.search(real.read_bytes()[:_MOST]):
            return "there is a password in it"
        return ""

    def expanded(self, text: str) -> str:
        """With the host's variables in place of `${NAME}`."""
        return re.sub(r"\$\{(\w+)\}", lambda found: self.environ.get(found[1], ""), text)

    def login_of(self, host: str) -> Login | None:
        """What the user's netrc has for a host."""
        return self._netrc.get(host)

    def _read_netrc(self) -> dict[str, Login]:
        place = Path(self.environ.get("NETRC") or self.home / ".netrc")
        try:
            hosts = netrc.netrc(str(place)).hosts
        except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
            return {}
        named = {host: (user, password) for host, (user, _, password) in hosts.items() if host != "default"}
        return {host: basic(*pair) for host, pair in named.items() if any(pair)}


def _login_in(url: SplitResult) -> Login | None:
    return None if url.username is None else basic(unquote(url.username), unquote(url.password or ""))


def _without_login(url: SplitResult) -> str:
    return urlunsplit(url._replace(netloc=url.netloc.rpartition("@")[2]))
