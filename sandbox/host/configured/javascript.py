"""The registries of npm, pnpm, yarn, bun and corepack, with those of scopes."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import urlsplit

from sandbox.host.configured.gathering import Gathering, Login, basic, bearer

_PUBLIC = "https://registry.npmjs.org/"
_SCOPE = re.compile(r"(@[\w.~-]+):registry")


def gather(found: Gathering) -> None:
    settings = _settings(found)
    registry = _registry(found, settings, settings.get("registry", ""))
    scopes = {
        match[1]: inside
        for name, value in settings.items()
        if (match := _SCOPE.fullmatch(name)) and (inside := _registry(found, settings, value))
    }
    for name in settings:  # logins for registries that only a repository's own .npmrc names
        if name.startswith("//") and name.endswith((":_authToken", ":_auth", ":_password")):
            _registry(found, settings, f"https:{name.rpartition(':')[0]}")
    lines = [f"{scope}:registry={inside}" for scope, inside in scopes.items()]
    lines += [f"registry={registry}"] if registry else []
    lines += ["replace-registry-host=always"] if registry.startswith("http:") else []
    lines += ["strict-ssl=false"] if settings.get("strict-ssl") == "false" else []
    if lines:
        found.files[".npmrc"] = "\n".join([*lines, ""]).encode()
    if registry:
        found.env |= {"COREPACK_NPM_REGISTRY": registry.rstrip("/"), "YARN_NPM_REGISTRY_SERVER": registry.rstrip("/")}
        found.files[".yarnrc"] = f'registry "{registry}"\n'.encode()
        found.env["YARN_UNSAFE_HTTP_WHITELIST"] = "127.0.0.1"
    if scopes:
        berry = [f'  {scope[1:]}:\n    npmRegistryServer: "{inside.rstrip("/")}"' for scope, inside in scopes.items()]
        head = 'unsafeHttpWhitelist:\n  - "127.0.0.1"\nnpmScopes:\n'
        found.files[".yarnrc.yml"] = (head + "\n".join([*berry, ""])).encode()


def _settings(found: Gathering) -> dict[str, str]:
    """As npm reads them: the machine's file, the user's, the environment. yarn's own come below npm's."""
    env = found.environ
    prefix = env.get("npm_config_prefix") or env.get("PREFIX") or "/usr/local"
    machine = env.get("npm_config_globalconfig") or env.get("NPM_CONFIG_GLOBALCONFIG")
    user = env.get("npm_config_userconfig") or env.get("NPM_CONFIG_USERCONFIG") or "~/.npmrc"
    settings: dict[str, str] = {}
    if match := re.search(r'^(?:npmRegistryServer: |registry )"?([^"\s]+)', found.text("~/.yarnrc.yml"), re.MULTILINE):
        settings["registry"] = match[1]
    for place in (machine,) if machine else ("/usr/etc/npmrc", "/etc/npmrc", f"{prefix}/etc/npmrc"):
        settings.update(_lines(found, found.text(place)))
    settings.update(_lines(found, found.text("~/.config/pnpm/rc")))
    settings.update(_lines(found, found.text(user)))
    for name, value in env.items():
        if name.lower().startswith("npm_config_") and value:
            key = name[len("npm_config_") :]
            settings[key if key.startswith(("//", "@")) else key.lower().replace("_", "-")] = value
    return settings


def _lines(found: Gathering, text: str) -> dict[str, str]:
    pairs = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith(("#", ";")):
            pairs[name.strip().strip("\"'")] = found.expanded(value.strip().strip("\"'"))
    return pairs


def _registry(found: Gathering, settings: dict[str, str], text: str) -> str:
    if not text.strip() or (text.rstrip("/") + "/" == _PUBLIC and not _login(settings, _PUBLIC)):
        return ""
    text = text if text.endswith("/") else f"{text}/"
    return found.address("npm", text, _login(settings, text))


def _login(settings: dict[str, str], address: str) -> Login | None:
    """The login of the longest path that the address lies below."""
    try:
        url = urlsplit(address)
    except ValueError:
        return None
    place = f"//{url.netloc.rpartition('@')[2]}{url.path}".rstrip("/")
    while len(place) > 2:
        for spelled in (f"{place}/", place):
            if token := settings.get(f"{spelled}:_authToken"):
                return bearer(token)
            if pair := settings.get(f"{spelled}:_auth"):
                return Login(f"Basic {pair}", (pair, _decoded(pair).partition(":")[2] or pair))
            if (user := settings.get(f"{spelled}:username")) and (coded := settings.get(f"{spelled}:_password")):
                return basic(user, _decoded(coded))
        place = place.rpartition("/")[0]
    return None


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text
