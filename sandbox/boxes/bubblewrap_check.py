"""What `doctor` says about bubblewrap on this machine, with the remedy for what is missing."""

from __future__ import annotations

import os
from pathlib import Path

from sandbox.backend import HostFinding

INSTALL = "Install it: sudo apt-get install bubblewrap (Debian, Ubuntu) or sudo dnf install bubblewrap (Fedora)."
DELEGATE = (
    "Run it as a systemd service with Delegate=yes, or by `systemd-run --user --scope -p Delegate=yes`, or as root"
)
OLDEST = (0, 5)

_SYSCTLS = Path("/proc/sys")
_APPARMOR = (
    "Let bwrap use them: sudo apt-get install apparmor-profiles && sudo cp "
    "/usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && sudo systemctl reload apparmor."
)


def installed(version: tuple[int, ...]) -> HostFinding:
    """Whether bubblewrap is new enough."""
    name = ".".join(map(str, version))
    if version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return HostFinding(
            "bubblewrap", False, f"Version {name} is too old, {oldest} is the oldest that will do.", INSTALL
        )
    return HostFinding("bubblewrap", True, f"Version {name}.")


def bounded(reason: str, version: int, *, strict: bool) -> HostFinding:
    """Whether control groups bound the sums; `reason` says why there are none, empty where there are."""
    if not reason:
        return HostFinding(
            "sandbox limits", True, f"Control groups (version {version}) bound memory, processes and cpu."
        )
    detail = f"{reason} Memory and processes are counted twenty times a second instead; cpu is bounded by time only."
    else_ = "; or take PULLWRIGHT_STRICT away, to go on with counting instead." if strict else "."
    return HostFinding("sandbox limits", False, detail, f"{DELEGATE}{else_}", fatal=strict)


def trial(complaint: str, sysctls: Path = _SYSCTLS) -> HostFinding:
    """What came of a trial box: `complaint` is empty where it worked."""
    if not complaint:
        return HostFinding("sandbox", True, "A trial box ran and was closed.")
    return HostFinding("sandbox", False, complaint, remedy(sysctls))


def remedy(sysctls: Path = _SYSCTLS) -> str:
    """What most likely stands in the way of user namespaces here, and how to move it."""
    if _sysctl(sysctls / "kernel/apparmor_restrict_unprivileged_userns") == 1:
        return f"AppArmor keeps ordinary programs from user namespaces here. {_APPARMOR}"
    if _sysctl(sysctls / "kernel/unprivileged_userns_clone") == 0:
        return "The kernel forbids user namespaces. Allow them: sudo sysctl -w kernel.unprivileged_userns_clone=1."
    if _sysctl(sysctls / "user/max_user_namespaces") == 0:
        return "The kernel forbids user namespaces. Allow them: sudo sysctl -w user.max_user_namespaces=15000."
    if os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv"):
        return (
            "This is a container: start it with --cap-add SYS_ADMIN --security-opt seccomp=unconfined "
            "--security-opt apparmor=unconfined --security-opt systempaths=unconfined."
        )
    return "See docs/security.md for what bubblewrap needs."


def _sysctl(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
