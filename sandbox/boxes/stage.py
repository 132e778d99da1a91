"""The stage of a box: its prepared root directory, and where a command's starter finds all that is mounted.

Where we are root, a box runs as a user of its own, who cannot pass /root or the data
directory. Its stage is a private mount namespace that nobody else is in, with a file system
in memory that holds the root directory and binds of what this user could not reach. It lives
as long as the descriptor that holds it: nothing is mounted on the host, and nothing is left
when this process is killed. Others have a directory among the temporary ones, and where a home
has layers, namespaces too in which these are put together.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.backend import Mount
from sandbox.boxes import skeleton
from sandbox.boxes.inner_mounts import Inner
from sandbox.errors import SandboxUnavailable
from sandbox.host import temporary

BASE = Path("/run/pullwright")
_LAYERED = "layered"

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")

_DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}

# What it prints is the host's turn; each bind is (mode, source, target). What cannot be made
# read-only here, for the sake of a flag that is locked, bubblewrap makes so for each command,
# except what is mounted within a directory (`in`). Where devices cannot be had, bubblewrap makes those too.
_SCRIPT = """\
set -e
base=$1; shift
mount -t tmpfs -o mode=0755,nosuid,nodev,size=64m pullwright "$base"
echo empty
read -r _
LAY
devices() {
    for name in $DEVICES; do
        mount --bind "/dev/$name" "$base/dev/$name" && mount -o remount,bind,nosuid,noexec "$base/dev/$name" || return 1
    done
    mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,nosuid,noexec devpts "$base/dev/pts"
}
if devices 2>/dev/null; then echo devices; else echo ready; fi
read -r _ || :
"""

# The layers are named by descriptors: a path could hold what mount takes for the end of it. What would
# need marks on the files that tell of other layers is off, since what lies below was written in a box.
_LAY = """\
while [ "$LAYERS" -gt 0 ]; do
    exec 3<"$1" 4<"$2" 5<"$3"
    layers=lowerdir=/proc/self/fd/3,upperdir=/proc/self/fd/4,workdir=/proc/self/fd/5
    plain=nosuid,nodev,index=off,metacopy=off,redirect_dir=nofollow
    mount -t overlay -o "$plain$HOW,$layers" pullwright "$base/$4"
    exec 3<&- 4<&- 5<&-
    shift 4
    LAYERS=$((LAYERS - 1))
done
while [ $# -gt 0 ]; do
    mount --rbind -- "$2" "$base/$3"
    case $1 in
        ro) mount -o remount,bind,ro,nosuid,nodev "$base/$3" 2>/dev/null || : ;;
        in) mount -o remount,bind,ro,nosuid,nodev "$base/$3" ;;
    esac
    shift 3
done
"""

_USER_SCRIPT = """\
set -e
base=$1; shift
LAY
echo ready
read -r _ || :
"""


@dataclass(frozen=True, slots=True)
class Layer:
    """A directory in two layers: `lower` is read, and what changes goes to `upper`. No box can replace either."""

    lower: Path
    upper: Path

    @property
    def work(self) -> Path:
        """Where the kernel prepares what goes to the upper layer; on its file system, and erased with it."""
        return self.upper.with_name(f"{self.upper.name}.work")


class Stage:
    """An open stage: `root` is the prepared root directory, with the mounts of `held` targets already in it.

    `devices` is a prepared /dev, None where there is none; `enter` is the argv that leads to
    where `root`, `devices` and `path` mean something, and where we are root into a network
    namespace of its own.
    """

    def __init__(
        self,
        root: Path,
        close: Callable[[], None],
        *,
        devices: Path | None = None,
        enter: Sequence[str] = (),
        held: frozenset[str] = frozenset(),
        staged: Mapping[Path, Path] | None = None,
        user: int | None = None,
    ) -> None:
        self.root = root
        self.devices = devices
        self.enter = tuple(enter)
        self.held = held
        self.user = user
        """Whom a starter of commands is there, where that is not whom boxes run as."""
        self._staged = staged or {}
        self._close = close

    def path(self, source: Path) -> Path:
        """Where a command's starter finds a host path."""
        return self._staged.get(source, source)

    def close(self) -> None:
        self._close()


async def open_plain(mounts: Sequence[Mount], layers: Sequence[Layer] = (), within: Sequence[Inner] = ()) -> Stage:
    """A stage for boxes that run as this very user. What lies in layers is found by its upper one.

    SandboxUnavailable where a layer, or a mount `within` a directory of a box, was asked for and cannot be.
    """
    place = temporary.directory()
    try:
        (place / "root").mkdir()
        await asyncio.to_thread(skeleton.build, place / "root", mounts)
        if not layers and not within:
            return Stage(place / "root", lambda: shutil.rmtree(place))
        namespaces, staged = await _put_together(place, layers, within)
    except BaseException:
        shutil.rmtree(place)
        raise

    def close() -> None:
        for namespace in namespaces:
            os.close(namespace)
        shutil.rmtree(place)

    user, mount = (f"/proc/{os.getpid()}/fd/{namespace}" for namespace in namespaces)
    enter = ("nsenter", f"--user={user}", f"--mount={mount}", "--preserve-credentials", "--")
    # In there this very user is called root, as whoever puts file systems together has to be.
    return Stage(place / "root", close, enter=enter, staged=staged, user=0)


async def _put_together(
    place: Path, layers: Sequence[Layer], within: Sequence[Inner]
) -> tuple[tuple[int, int], dict[Path, Path]]:
    """A user and a mount namespace, as descriptors that keep them, and which directories are where in these."""
    staged = _layered(layers, place)
    holders = [holder for holder in dict.fromkeys(mount.holder for mount in within) if holder not in staged]
    staged |= {holder: place / str(number) for number, holder in enumerate(holders)}
    for directory in staged.values():
        directory.mkdir()
    binds = [("rw", str(holder), staged[holder].name) for holder in holders]
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--user", "--map-root-user", "--mount", "--propagation", "private", "--"),
        *("/bin/sh", "-c", _USER_SCRIPT.replace("LAY\n", _LAY), "sh", str(place)),
        *_laid(layers, staged),
        *(word for bind in [*binds, *_inner_binds(within, staged)] for word in bind),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_variables(layers, ",userxattr"),
    )
    try:
        await _said(process, "ready")
        there = Path(f"/proc/{process.pid}/ns")
        user = os.open(there / "user", os.O_RDONLY | os.O_CLOEXEC)
        return (user, os.open(there / "mnt", os.O_RDONLY | os.O_CLOEXEC)), staged
    finally:
        await asyncio.shield(process.communicate(b""))


async def open_stage(
    mounts: Sequence[Mount], others: Sequence[Path], layers: Sequence[Layer] = (), within: Sequence[Inner] = ()
) -> Stage:
    """A stage for boxes of another user: all mounts that can be in the root directory are made there.

    `others` are further sources, which are bound where not everybody can reach them; `within`
    is mounted in directories of the box. SandboxUnavailable where mounting is not allowed, or
    a layer was asked for and cannot be.
    """
    held = [mount for mount in mounts if not mount.writable and not skeleton.is_own(mount.target)]
    layered = _layered(layers, BASE)
    holders = {mount.holder for mount in within} - layered.keys()
    hidden = [path for path in dict.fromkeys([*others, *holders]) if path in holders or not passable(path)]
    staged = {path: BASE / str(number) for number, path in enumerate(hidden)}
    binds = [("ro", str(mount.source), f"root{mount.target}") for mount in held]
    binds += [("rw", str(path), place.name) for path, place in staged.items()]
    staged |= layered
    binds += _inner_binds(within, staged)
    BASE.mkdir(mode=0o755, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-c"),
        *(_SCRIPT.replace("LAY\n", _LAY), "sh", str(BASE)),
        *_laid(layers, staged),
        *(word for bind in binds for word in bind),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**_variables(layers, ""), "DEVICES": " ".join(_DEVICES)},
    )
    try:
        await _said(process, "empty")
        await asyncio.to_thread(_furnish, Path(f"/proc/{process.pid}/root{BASE}"), mounts, staged)
        assert process.stdin is not None, "a pipe was asked for"
        process.stdin.write(b"\n")
        devices = BASE / "dev" if await _said(process, "ready", "devices") == "devices" else None
        namespace = os.open(f"/proc/{process.pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        await asyncio.shield(process.communicate(b""))
    # By way of our own /proc entry, since an inherited descriptor would end up in the box.
    enter = ("nsenter", f"--mount=/proc/{os.getpid()}/fd/{namespace}", "--", "unshare", "--net", "--")
    targets = frozenset(mount.target for mount in held)
    return Stage(BASE / "root", lambda: os.close(namespace), devices=devices, enter=enter, held=targets, staged=staged)


def _inner_binds(within: Sequence[Inner], staged: Mapping[Path, Path]) -> list[tuple[str, str, str]]:
    return [
        (
            "rw" if mount.writable else "in",
            str(staged.get(mount.source, mount.source)),
            f"{staged[mount.holder].name}/{mount.path}",
        )
        for mount in within
    ]


def _layered(layers: Sequence[Layer], place: Path) -> dict[Path, Path]:
    """Where each is put together, by its upper one."""
    return {layer.upper: place / f"{_LAYERED}-{number}" for number, layer in enumerate(layers)}


def _laid(layers: Sequence[Layer], staged: Mapping[Path, Path]) -> list[str]:
    return [
        word
        for layer in layers
        for word in (str(layer.lower), str(layer.upper), str(layer.work), staged[layer.upper].name)
    ]


def _variables(layers: Sequence[Layer], how: str) -> dict[str, str]:
    return {"PATH": os.defpath + ":/usr/sbin:/sbin", "HOW": how, "LAYERS": str(len(layers))}


def passable(path: Path) -> bool:
    """Whether everybody may pass all directories above `path`. Access lists are not looked at: at worst, no."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def _furnish(base: Path, mounts: Sequence[Mount], staged: Mapping[Path, Path]) -> None:
    """Fill the stage's file system, as seen from outside of its namespace."""
    (base / "root").mkdir()
    skeleton.build(base / "root", mounts)
    for name in ("dev", "dev/pts", "dev/shm"):
        (base / name).mkdir()
    for name in _DEVICES:
        (base / "dev" / name).touch()
    for name, target in _DEVICE_LINKS.items():
        (base / "dev" / name).symlink_to(target)
    for source, place in staged.items():
        (base / place.name).mkdir() if source.is_dir() else (base / place.name).touch()


async def _said(process: asyncio.subprocess.Process, *words: str) -> str:
    """The next line of the script, which must be one of these."""
    assert process.stdout is not None, "a pipe was asked for"
    line = (await process.stdout.readline()).decode(errors="replace").strip()
    if line not in words:
        _, complaint = await process.communicate(b"")
        raise SandboxUnavailable(
            f"The box's directories could not be mounted: {complaint.decode(errors='replace').strip()}.",
            "Run as root with CAP_SYS_ADMIN, or as an ordinary user.",
        )
    return line
