"""maven's mirrors and repositories, and those that gradle's init scripts name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from sandbox.host.configured.gathering import Gathering, Login, basic

_URL = re.compile(r"""\burl\s*+[=(]?\s*+(?:uri\s*+\(\s*+)?["'](https?://[^"']+)["']""")
_LOGIN = re.compile(
    r"""username\s*+=?\s*+\(?["']([^"'$]+)["'].{0,200}?password\s*+=?\s*+\(?["']([^"'$]+)["']""", re.DOTALL
)


def gather(found: Gathering) -> None:
    _maven(found)
    _gradle(found)


def _maven(found: Gathering) -> None:
    mirrors: list[str] = []
    repositories: list[str] = []
    for place in ("~/.m2/settings.xml", "/etc/maven/settings.xml"):
        root = _xml(found, place)
        if root is None:
            continue
        logins = {_text(one, "id"): one for one in _all(root, "server")}
        for one in _all(root, "mirror"):
            if _text(one, "blocked") != "true" and (inside := _address(found, one, logins)):
                of = _text(one, "mirrorOf") or "*"
                mirrors.append(_element("mirror", id=_text(one, "id"), mirrorOf=of, url=inside))
        listed = (*_all(root, "repository"), *_all(root, "pluginRepository"))
        repositories += [
            _element(_tag(one), id=_text(one, "id"), url=inside)
            for one in listed
            if (inside := _address(found, one, logins))
        ]
    if mirrors or repositories:
        found.files[".m2/settings.xml"] = _settings(mirrors, repositories).encode()


def _settings(mirrors: list[str], repositories: list[str]) -> str:
    plain = "".join(one for one in repositories if one.startswith("<repository>"))
    plugins = "".join(one for one in repositories if one.startswith("<pluginRepository>"))
    profile = f"<profile><id>host</id><repositories>{plain}</repositories>"
    profile += f"<pluginRepositories>{plugins}</pluginRepositories></profile>"
    return (
        f"<settings><mirrors>{''.join(mirrors)}</mirrors><profiles>{profile}</profiles>"
        "<activeProfiles><activeProfile>host</activeProfile></activeProfiles></settings>\n"
    )


def _address(found: Gathering, one: ElementTree.Element, logins: dict[str, ElementTree.Element]) -> str:
    server, url = logins.get(_text(one, "id")), _text(one, "url")
    login: Login | None = None
    if server is not None and _text(server, "password"):
        if _text(server, "password").startswith("{"):
            found.note(f"maven: the password of server `{_text(one, 'id')}` is encrypted, and is not used.")
        else:
            login = basic(found.expanded(_text(server, "username")), found.expanded(_text(server, "password")))
    return found.address("maven", url, login) if url else ""


def _gradle(found: Gathering) -> None:
    home = Path(found.environ.get("GRADLE_USER_HOME") or found.home / ".gradle")
    texts = [found.text(home / name) for name in ("init.gradle", "init.gradle.kts")]
    texts += [found.text(path) for path in sorted((home / "init.d").glob("*.gradle*"))[:20]]
    addresses = []
    for text in texts:
        for match in _URL.finditer(text):
            login = _LOGIN.search(text[match.end() : match.end() + 400].split("maven {")[0])
            inside = found.address("gradle", match[1], basic(login[1], login[2]) if login else None)
            addresses += [inside] if inside else []
    if addresses:
        found.files[".gradle/init.d/host.gradle"] = _init_script(list(dict.fromkeys(addresses))).encode()


def _init_script(addresses: list[str]) -> str:
    lines = [f"    maven {{ url = uri('{one}'); allowInsecureProtocol = true }}" for one in addresses]
    body = "\n".join(lines)
    return (
        f"def ours = {{ it.with {{\n{body}\n}} }}\n"
        "settingsEvaluated { it.pluginManagement.repositories(ours) }\n"
        "allprojects { buildscript { repositories(ours) }\n repositories(ours) }\n"
    )


def _xml(found: Gathering, place: str) -> ElementTree.Element | None:
    text = found.text(place)
    if not text or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError:
        found.note(f"maven: `{place}` cannot be read.")
        return None


def _all(root: ElementTree.Element, tag: str) -> Iterator[ElementTree.Element]:
    return (one for one in root.iter() if _tag(one) == tag)


def _tag(one: ElementTree.Element) -> str:
    return one.tag.rpartition("}")[2] if isinstance(one.tag, str) else ""


def _text(one: ElementTree.Element, tag: str) -> str:
    return next(((child.text or "").strip() for child in one if _tag(child) == tag), "")


def _element(tag: str, **parts: str) -> str:
    return f"<{tag}>{''.join(f'<{name}>{escape(text)}</{name}>' for name, text in parts.items())}</{tag}>"
