"""The system call filter, read back by a small interpreter of BPF: what it says to every call of interest."""

import errno
import struct

import pytest

from sandbox.boxes import seccomp

ALLOW = 0x7FFF0000
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
EPERM, ENOSYS, EAFNOSUPPORT = (0x50000 | code for code in (errno.EPERM, errno.ENOSYS, errno.EAFNOSUPPORT))


def verdict(machine: str, number: int, *arguments: int, arch: int | None = None) -> int:
    """What the kernel would be told about a call."""
    words = [a & (2**64 - 1) for a in (*arguments, 0, 0, 0, 0, 0, 0)[:6]]
    data = struct.pack("<IIQ6Q", number, ARCH[machine] if arch is None else arch, 0, *words)
    code = list(struct.iter_unpack("<HBBI", seccomp.program(machine)))
    at = register = 0
    while True:
        operation, true, false, value = code[at]
        at += 1
        if operation == 0x20:
            register = struct.unpack_from("<I", data, value)[0]
        elif operation == 0x06:
            return int(value)
        else:
            test = {0x15: register == value, 0x35: register >= value, 0x45: bool(register & value)}[operation]
            at += true if test else false


@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize("name", seccomp.REFUSED)
def test_every_listed_call_is_refused_on_both_architectures(name: str, column: int) -> None:
    number = seccomp.REFUSED[name][column]
    if number is not None:
        assert verdict(("x86_64", "aarch64")[column], number) == EPERM


@pytest.mark.parametrize(
    ("machine", "calls"), [("x86_64", (0, 1, 9, 59, 231, 439)), ("aarch64", (63, 64, 222, 221, 94))]
)
def test_ordinary_calls_pass(machine: str, calls: tuple[int, ...]) -> None:
    assert {verdict(machine, call) for call in calls} == {ALLOW}


def test_another_architectures_calls_are_absent() -> None:
    assert verdict("x86_64", 1, arch=0x40000003) == ENOSYS
    assert verdict("x86_64", 0x40000001) == ENOSYS
    assert verdict("aarch64", 64, arch=0x40000028) == ENOSYS


@pytest.mark.parametrize(("machine", "clone"), [("x86_64", 56), ("aarch64", 220)])
def test_clone_makes_threads_and_processes_but_no_namespaces(machine: str, clone: int) -> None:
    assert verdict(machine, clone, 17) == ALLOW
    assert verdict(machine, clone, 0x3D0F00) == ALLOW
    for bit in (17, 25, 26, 27, 28, 29, 30):
        assert verdict(machine, clone, (1 << bit) | 17) == EPERM
    assert verdict(machine, 435) == ENOSYS


@pytest.mark.parametrize(("machine", "ioctl"), [("x86_64", 16), ("aarch64", 29)])
def test_terminal_injection_is_refused_whatever_the_high_bits_say(machine: str, ioctl: int) -> None:
    assert verdict(machine, ioctl, 0, 0x5413) == ALLOW
    for high in (0, 1 << 32, 0xFFFFFFFF << 32):
        assert verdict(machine, ioctl, 0, 0x5412 | high) == EPERM


@pytest.mark.parametrize(("machine", "socket"), [("x86_64", 41), ("aarch64", 198)])
def test_socket_families_are_few(machine: str, socket: int) -> None:
    allowed = [f for f in range(64) if verdict(machine, socket, f, 1, 0) == ALLOW]
    assert allowed == [1, 2, 10, 16]
    assert verdict(machine, socket, 16, 3, 12) == EAFNOSUPPORT, "netlink, but not for routes"
    assert verdict(machine, socket, 40, 1, 0) == EAFNOSUPPORT, "vsock"
