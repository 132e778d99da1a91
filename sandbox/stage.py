"""The stage of a box that root opens: a private mount namespace in which the box's user can reach its sources.

A box runs as a user of its own, who cannot pass /root or the data directory. The stage binds
just what the box needs below one directory that this user can pass, in a mount namespace
that nobody else is in. It lives as long as the descriptor that holds it: nothing is mounted
on the host, and nothing is left when this process is killed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from sandbox.errors import SandboxUnavailable

BASE = Path("/run/pullwright")

_SCRIPT = """\
set -e
base=$1; shift
mount -t tmpfs -o mode=0755,nosuid,nodev,size=1m pullwright "$base"
number=0
for source in "$@"; do
    if [ -d "$source" ]; then mkdir "$base/$number"; else : > "$base/$number"; fi
    mount --bind -- "$source" "$base/$number"
    number=$((number + 1))
done
echo ready
read -r _ || :
"""


class Stage:
    """An open stage; `enter` is the argv that goes there."""

    def __init__(self, namespace: int, staged: dict[Path, Path]) -> None:
        self._namespace = namespace
        self._staged = staged
        # By way of our own /proc entry, since an inherited descriptor would end up in the box.
        path = f"/proc/{os.getpid()}/fd/{namespace}"
        self.enter = ("nsenter", f"--mount={path}", "--")

    def path(self, source: Path) -> Path:
        """Where the box's user finds a host path."""
        return self._staged.get(source, source)

    def close(self) -> None:
        os.close(self._namespace)


async def open_stage(sources: Sequence[Path]) -> Stage:
    """Bind what not everybody could reach; SandboxUnavailable where mounting is not allowed."""
    hidden = [source for source in dict.fromkeys(sources) if not passable(source)]
    BASE.mkdir(mode=0o755, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        *argv(hidden),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.defpath + ":/usr/sbin:/sbin"},
    )
    assert process.stdout is not None, "a pipe was asked for"
    try:
        if await process.stdout.readline() != b"ready\n":
            _, complaint = await process.communicate(b"")
            raise SandboxUnavailable(
                f"The box's directories could not be mounted: {complaint.decode(errors='replace').strip()}.",
                "Run as root with CAP_SYS_ADMIN, or as an ordinary user.",
            )
        namespace = os.open(f"/proc/{process.pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        await asyncio.shield(process.communicate(b""))
    return Stage(namespace, {source: BASE / str(number) for number, source in enumerate(hidden)})


def argv(sources: Sequence[Path]) -> tuple[str, ...]:
    """The command that makes a stage, says `ready`, and holds it until its standard input ends."""
    script = ("/bin/sh", "-c", _SCRIPT, "sh", str(BASE))
    return ("unshare", "--mount", "--propagation", "private", "--", *script, *map(str, sources))


def passable(path: Path) -> bool:
    """Whether everybody may pass all directories above `path`. Access lists are not looked at: at worst, no."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)
