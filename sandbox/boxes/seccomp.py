"""The system call filter of a box, assembled to a classic BPF program for bubblewrap's --seccomp.

Everything is allowed but what builds, joins or inspects namespaces, traces or reads other
processes, loads code into the kernel, or reaches kernel subsystems that no build or test
needs and that have a long record of holes. Refused calls fail with an error that programs
expect (EPERM, ENOSYS, EAFNOSUPPORT); nothing is killed, so a tool that merely probes goes on.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterable
from functools import cache

# name -> (x86_64, aarch64); None where the architecture has no such call.
REFUSED: dict[str, tuple[int | None, int | None]] = {
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "move_pages": (279, 239),
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "open_by_handle_at": (304, 265),
    # keys, programs and events of the kernel
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "fanotify_init": (300, 262),
    "lookup_dcookie": (212, 18),
    "syslog": (103, 116),
    # the machine itself
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "nfsservctl": (180, 42),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "vhangup": (153, 58),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
}

# Terminal ioctls that type into a terminal (TIOCSTI, TIOCLINUX) or load a line discipline (TIOCSETD).
REFUSED_IOCTLS = (0x5412, 0x541C, 0x5423)

# unix, inet, inet6; netlink only for routes, which getifaddrs() asks. vsock would leave a
# virtual machine, since it belongs to no network namespace.
_AF_NETLINK, _NETLINK_ROUTE = 16, 0
ALLOWED_FAMILIES = (1, 2, 10)

# CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}
_NAMESPACE_FLAGS = 0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000

_CLONE3 = 435  # its flags lie in memory, where a filter cannot look; libc falls back to clone
_X32_BIT = 0x4000_0000

_ARCHITECTURES = {
    # machine: (AUDIT_ARCH, column, clone, ioctl, socket, socketpair)
    "x86_64": (0xC000_003E, 0, 56, 16, 41, 53),
    "aarch64": (0xC000_00B7, 1, 220, 29, 198, 199),
}

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF_0000, 0x0005_0000
_NUMBER, _ARCHITECTURE = 0, 4


def supported(machine: str = "") -> bool:
    """Whether there is a filter for this processor architecture."""
    return (machine or platform.machine()) in _ARCHITECTURES


@cache
def program(machine: str = "") -> bytes:
    """The filter as an array of struct sock_filter; KeyError where the architecture is not supported."""
    arch, column, clone, ioctl, socket, socketpair = _ARCHITECTURES[machine or platform.machine()]
    code = _Assembler()
    code.load(_ARCHITECTURE)
    code.unless(_EQUAL, arch, "absent")  # 32-bit calls have other numbers
    code.load(_NUMBER)
    if column == 0:
        code.when(_AT_LEAST, _X32_BIT, "absent")
    code.when(_EQUAL, _CLONE3, "absent")
    for numbers in REFUSED.values():
        number = numbers[column]
        if number is not None:
            code.when(_EQUAL, number, "refuse")
    code.when(_EQUAL, clone, "clone")
    code.when(_EQUAL, ioctl, "ioctl")
    code.when(_EQUAL, socket, "socket")
    code.when(_EQUAL, socketpair, "socket")
    code.label("allow").give(_ALLOW)
    code.label("clone").load(_argument(0)).when(_ANY_BIT, _NAMESPACE_FLAGS, "refuse").give(_ALLOW)
    code.label("ioctl").load(_argument(1))  # the kernel takes 32 bits of it, and so do we
    for request in REFUSED_IOCTLS:
        code.when(_EQUAL, request, "refuse")
    code.give(_ALLOW)
    code.label("socket").load(_argument(0))
    for family in ALLOWED_FAMILIES:
        code.when(_EQUAL, family, "fine")
    code.unless(_EQUAL, _AF_NETLINK, "family").load(_argument(2)).unless(_EQUAL, _NETLINK_ROUTE, "family")
    code.label("fine").give(_ALLOW)
    code.label("family").give(_ERRNO | errno.EAFNOSUPPORT)
    code.label("refuse").give(_ERRNO | errno.EPERM)
    code.label("absent").give(_ERRNO | errno.ENOSYS)
    return code.assemble()


def _argument(index: int) -> int:
    """Offset of the low 32 bits of an argument in struct seccomp_data (little endian)."""
    return 16 + 8 * index


class _Assembler:
    """Collects instructions with labels as jump targets; jumps go forward by at most 255."""

    def __init__(self) -> None:
        self._code: list[tuple[int, str, str, int]] = []
        self._labels: dict[str, int] = {}

    def load(self, offset: int) -> _Assembler:
        return self._add(_LOAD, "", "", offset)

    def when(self, test: int, value: int, target: str) -> _Assembler:
        return self._add(test, target, "", value)

    def unless(self, test: int, value: int, target: str) -> _Assembler:
        return self._add(test, "", target, value)

    def give(self, value: int) -> _Assembler:
        return self._add(_RETURN, "", "", value)

    def label(self, name: str) -> _Assembler:
        self._labels[name] = len(self._code)
        return self

    def assemble(self) -> bytes:
        return b"".join(self._encode())

    def _add(self, operation: int, true: str, false: str, value: int) -> _Assembler:
        self._code.append((operation, true, false, value))
        return self

    def _encode(self) -> Iterable[bytes]:
        for index, (operation, true, false, value) in enumerate(self._code):
            yield struct.pack("<HBBI", operation, self._jump(index, true), self._jump(index, false), value)

    def _jump(self, index: int, target: str) -> int:
        return self._labels[target] - index - 1 if target else 0
