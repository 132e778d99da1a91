"""What a box sees: bubblewrap's arguments for namespaces, directories, files and environment."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from sandbox.backend import HOME, MIB, WORK, BoxSpec, Mount

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

# Read-only from the host, where they exist. Of /etc/ssl and /etc/pki only what is public.
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
_SHARED_MEMORY = 256 * MIB
_COPIED = 16 * 1024

_VARIABLES = {
    "HOME": HOME,
    "USER": "box",
    "LOGNAME": "box",
    "SHELL": "/bin/bash",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "TMPDIR": "/tmp",
    "CI": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "true",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "npm_config_update_notifier": "false",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}


SEALING = ("--remount-ro", "/dev", "--remount-ro", "/")
"""To come after all mounts: what bubblewrap itself had to make writable becomes read-only."""


def isolation(*, no_nested_namespaces: bool) -> tuple[str, ...]:
    """Namespaces of its own for everything, no capabilities, no survival of this process."""
    arguments = ["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    arguments += ["--unshare-cgroup-try", "--uid", str(BOX_ID), "--gid", str(BOX_ID), "--hostname", "box"]
    arguments += ["--cap-drop", "ALL", "--die-with-parent", "--new-session", "--clearenv"]
    if no_nested_namespaces:
        arguments.append("--disable-userns")
    return tuple(arguments)


@cache
def files() -> Mapping[str, bytes]:
    """Small files of the box's /etc by their path: ours, and copies of the host's, which are cheaper than mounts."""
    copies = {path: Path(path).read_bytes() for path in _from_etc() if _is_small(path)}
    return {**copies, **{path: text.encode() for path, text in FILES.items()}}


def system() -> Iterator[Mount | tuple[str, str]]:
    """The operating system: mounts, and symlinks as (target, path)."""
    yield Mount(Path("/usr"), "/usr")
    for name in _MERGED:
        path = Path("/", name)
        if path.is_symlink():
            yield os.readlink(path), str(path)
        elif path.is_dir():
            yield Mount(path, str(path))
    for found in _from_etc():
        if not _is_small(found):
            # What a link leads to, so that it can be bound where the link's own directory is missing.
            yield Mount(Path(os.path.realpath(found)), found)


def directories(spec: BoxSpec, tools: Iterable[Mount], host: Callable[[Path], Path]) -> list[str]:
    """Everything that is mounted. `host` says where the box's user finds a path of the host."""
    arguments: list[str] = []
    for part in system():
        arguments += _bind(part, host) if isinstance(part, Mount) else ("--symlink", *part)
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    arguments += ["--size", str(_SHARED_MEMORY), "--perms", "1777", "--tmpfs", "/dev/shm"]
    for mount in tools:
        arguments += _bind(mount, host)
    arguments += _bind(Mount(spec.home, HOME, writable=True), host)
    arguments += _bind(Mount(spec.tree, WORK, spec.tree_writable), host)
    arguments += ["--bind", f"{host(spec.home)}/{TEMPORARY}", "/tmp", "--symlink", "../tmp", "/var/tmp"]
    for mount in spec.mounts:
        arguments += _bind(mount, host)
    return arguments


TEMPORARY = ".tmp"
"""The box's /tmp lies in its home under this name, where the disk bound counts it."""


def sources(spec: BoxSpec, tools: Iterable[Mount]) -> list[Path]:
    """Every host path that `directories` will bind."""
    system_sources = [part.source for part in system() if isinstance(part, Mount)]
    return [*system_sources, *(m.source for m in tools), spec.home, spec.tree, *(m.source for m in spec.mounts)]


def environment(path: str, *layers: Mapping[str, str]) -> dict[str, str]:
    """The whole environment; nothing of the host's is in it. Later layers win."""
    merged = {"PATH": path, **_VARIABLES}
    for layer in layers:
        merged.update(layer)
    return merged


def setting(variables: Mapping[str, str]) -> list[str]:
    """The arguments that set an environment."""
    return [word for name, value in variables.items() for word in ("--setenv", name, value)]


def encode(arguments: Sequence[str]) -> bytes:
    """Arguments as bubblewrap's --args reads them; ValueError where one holds a NUL."""
    for argument in arguments:
        if "\0" in argument:
            raise ValueError(f"A NUL byte in {argument!r} cannot be passed into a box.")
    return b"".join(os.fsencode(argument) + b"\0" for argument in arguments)


def _from_etc() -> list[str]:
    """What there is of the public part of /etc, empty directories left out."""
    found = sorted(path for pattern in _FROM_ETC for path in glob.glob(f"/etc/{pattern}"))
    return [path for path in found if not os.path.isdir(path) or os.listdir(path)]


def _is_small(path: str) -> bool:
    return os.path.isfile(path) and os.path.getsize(path) <= _COPIED and os.access(path, os.R_OK)


def _bind(mount: Mount, host: Callable[[Path], Path]) -> tuple[str, str, str]:
    return ("--bind" if mount.writable else "--ro-bind", str(host(mount.source)), mount.target)
