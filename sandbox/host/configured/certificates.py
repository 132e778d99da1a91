"""The certificates that this machine believes, where it names a file of its own for them."""

from __future__ import annotations

import re
from pathlib import Path

from sandbox.backend import HOME
from sandbox.host.configured.gathering import Gathering

_NAMED = (
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS"),
    *("npm_config_cafile", "NPM_CONFIG_CAFILE", "CARGO_HTTP_CAINFO", "BUNDLE_SSL_CA_CERT", "COMPOSER_CAFILE"),
)
_TELL = (
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS"),
    *("npm_config_cafile", "CARGO_HTTP_CAINFO", "BUNDLE_SSL_CA_CERT", "COMPOSER_CAFILE", "HEX_CACERTS_PATH"),
    *("YARN_HTTPS_CA_FILE_PATH", "NIX_SSL_CERT_FILE"),
)
_IN_FILES = (
    ("/etc/pip.conf", "cert"),
    ("/etc/xdg/pip/pip.conf", "cert"),
    ("~/.config/pip/pip.conf", "cert"),
    ("~/.npmrc", "cafile"),
    ("/etc/npmrc", "cafile"),
    ("/usr/etc/npmrc", "cafile"),
)
_SEEN_INSIDE = ("/etc/ssl/certs/", "/etc/pki/ca-trust/extracted/", "/etc/pki/tls/certs/", "/usr/")
_CERTIFICATE = re.compile(r"-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----")
_PLACE = ".config/pullwright/certificates.pem"


def gather(found: Gathering) -> Path | None:
    """The file, after it was given to the box: certificates alone, since some keep a key beside them."""
    place = next((path for path in _places(found) if _is_file(path)), None)
    if place is None:
        return None
    inside = str(place)
    if not inside.startswith(_SEEN_INSIDE):
        kept = _CERTIFICATE.findall(found.text(place))
        if not kept:
            found.note(f"`{place}` holds no certificates.")
            return None
        found.files[_PLACE] = "\n".join([*kept, ""]).encode()
        inside = f"{HOME}/{_PLACE}"
        found.note("Java does not read the machine's file of certificates in a box; it has its own.")
    found.env |= dict.fromkeys(_TELL, inside)
    return place


def _places(found: Gathering) -> list[Path]:
    named = [found.environ[name] for name in _NAMED if found.environ.get(name)]
    for file, key in _IN_FILES:
        if match := re.search(rf"^\s*{key}\s*=\s*[\"']?([^\"'\n]+)", found.text(file), re.MULTILINE):
            named.append(match[1].strip())
    return [found.at_home(name) for name in named if name.startswith(("/", "~/"))]


def _is_file(path: Path) -> bool:
    """False also of what is where we may not look, or what no name of a file is."""
    try:
        return path.is_file()
    except OSError:
        return False
