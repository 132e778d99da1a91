"""The root directory of a box, prepared when it is opened: its own /etc, and a place for all that is mounted.

A mount costs more than all else when a command starts, so what is small is copied once, and
a command gets the whole with one mount.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sandbox.backend import HOME, MIB, WORK, Mount

BOX_ID = 1000
"""The box's user and group as seen from inside."""

FILES = {
    "/etc/passwd": f"root:x:0:0:root:/root:/usr/sbin/nologin\nbox:x:{BOX_ID}:{BOX_ID}:box:{HOME}:/bin/bash\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "/etc/group": f"root:x:0:\nbox:x:{BOX_ID}:\nnogroup:x:65534:\n",
    "/etc/hosts": "127.0.0.1 localhost box\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n",
    "/etc/host.conf": "multi on\n",
}
"""Files that a box gets instead of the host's, by their path inside."""

OWN = (WORK, HOME, "/tmp", "/var/tmp", "/proc", "/dev")
"""What lies below these is mounted for each command, over whatever a box has put there."""

# From the host, where they exist. Of /etc/ssl and /etc/pki only what is public.
_FROM_ETC = (
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "debian_version",
    "fonts",
    "gradle",
    "java-*",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "lsb-release",
    "magic",
    "maven",
    "mime.types",
    "os-release",
    "perl",
    "php",
    "pki/ca-trust/extracted",
    "pki/tls/certs",
    "protocols",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
    "timezone",
)
_MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_MOST_BYTES = 8 * MIB
_MOST_ENTRIES = 4000


@dataclass(frozen=True, slots=True)
class _Etc:
    """The public part of /etc by path: what is copied, and what is too large for that and mounted."""

    files: Mapping[str, bytes]
    links: Mapping[str, str]
    mounts: tuple[Mount, ...]


def system() -> list[Mount]:
    """What of the operating system is mounted."""
    merged = [Mount(Path("/", name), f"/{name}") for name in _MERGED]
    real = [mount for mount in merged if mount.source.is_dir() and not mount.source.is_symlink()]
    return [Mount(Path("/usr"), "/usr"), *real, *_etc().mounts]


def build(root: Path, mounts: Iterable[Mount]) -> None:
    """Fill an empty directory, with a place for each of the mounts that will not be below a place of the box's own."""
    for name in _MERGED:
        if os.path.islink(f"/{name}"):
            (root / name).symlink_to(os.readlink(f"/{name}"))
    etc = _etc()
    for path, data in etc.files.items():
        _place(root, path).write_bytes(data)
    for path, target in etc.links.items():
        _place(root, path).symlink_to(target)
    _place(root, "/var/tmp").symlink_to("../tmp")
    for path in OWN:
        if path != "/var/tmp":
            _place(root, path).mkdir(exist_ok=True)
    for mount in mounts:
        if not is_own(mount.target):
            place = _place(root, mount.target)
            place.mkdir(exist_ok=True) if mount.source.is_dir() else place.touch()


def is_own(target: str) -> bool:
    """Whether a path of the box lies in one of its own places."""
    return any(target == own or target.startswith(f"{own}/") for own in OWN)


def _place(root: Path, path: str) -> Path:
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


@cache
def _etc() -> _Etc:
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    mounts = []
    for found in sorted(path for pattern in _FROM_ETC for path in glob.glob(f"/etc/{pattern}")):
        entries = list(_public(found))
        size = sum(entry.lstat().st_size for entry in entries)
        if len(entries) > _MOST_ENTRIES or size > _MOST_BYTES:
            # What a link leads to, so that it can be bound where the link's own directory is missing.
            mounts.append(Mount(Path(os.path.realpath(found)), found))
            continue
        for entry in entries:
            if entry.is_symlink() and str(entry) != found:
                links[str(entry)] = os.readlink(entry)
            else:
                files[str(entry)] = entry.read_bytes()
    return _Etc({**files, **{path: text.encode() for path, text in FILES.items()}}, links, tuple(mounts))


def _public(path: str) -> Iterator[Path]:
    """The files and links below a path, or it alone. What not everybody may read stays out, whoever we are."""
    mode = os.stat(path).st_mode if os.path.exists(path) else 0
    if stat.S_ISREG(mode) and mode & stat.S_IROTH:
        yield Path(path)
    elif stat.S_ISDIR(mode) and mode & stat.S_IROTH and mode & stat.S_IXOTH:
        for entry in os.scandir(path):
            if entry.is_symlink():
                yield Path(entry.path)
            else:
                yield from _public(entry.path)
