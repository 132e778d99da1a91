"""What a box sees: bubblewrap's arguments for namespaces, directories and environment."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from sandbox.backend import HOME, MIB, WORK, BoxSpec, Mount
from sandbox.boxes.skeleton import BOX_ID, is_own
from sandbox.boxes.stage import Stage

_SHARED_MEMORY = 256 * MIB

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


def isolation(*, no_nested_namespaces: bool, network: bool) -> tuple[str, ...]:
    """Namespaces of its own for everything, no capabilities, no survival of this process.

    Without `network` there is a network namespace already, which nobody else is in.
    """
    arguments = ["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts"]
    arguments += ["--unshare-net"] if network else []
    arguments += ["--unshare-cgroup-try", "--uid", str(BOX_ID), "--gid", str(BOX_ID), "--hostname", "box"]
    arguments += ["--cap-drop", "ALL", "--die-with-parent", "--new-session", "--clearenv"]
    if no_nested_namespaces:
        arguments.append("--disable-userns")
    return tuple(arguments)


def directories(spec: BoxSpec, mounts: Iterable[Mount], stage: Stage) -> list[str]:
    """Everything that is mounted for a command: the prepared root directory, then what must be new or writable."""
    arguments = ["--ro-bind", str(stage.root), "/"]
    later = [mount for mount in mounts if mount.target not in stage.held]
    for mount in later:
        if not is_own(mount.target):  # the others are in the directories below: `sandbox.boxes.inner_mounts`
            arguments += _bind(mount, stage)
    arguments += ["--proc", "/proc"]
    arguments += ["--dev-bind", str(stage.devices), "/dev"] if stage.devices else ["--dev", "/dev"]
    arguments += ["--size", str(_SHARED_MEMORY), "--perms", "1777", "--tmpfs", "/dev/shm"]
    arguments += _bind(Mount(spec.home, HOME, writable=True), stage)
    arguments += _bind(Mount(spec.tree, WORK, spec.tree_writable), stage)
    arguments += _bind(Mount(spec.temporary, "/tmp", writable=True), stage)
    return [*arguments, "--remount-ro", "/dev"]


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


def _bind(mount: Mount, stage: Stage) -> tuple[str, str, str]:
    return ("--bind" if mount.writable else "--ro-bind", str(stage.path(mount.source)), mount.target)
