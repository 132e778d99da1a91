"""The program that starts a box's commands: small, single-threaded, and already in the right place.

    python -I -S zygote.py SOCKET UID

It is started once per control group, in that group and in the box's mount namespace. Where it
is not UID, it is root and alone in a network namespace, and becomes UID. Then it answers on
the socket, one packet at a time:

    "FD FD ..." with descriptors     start the command in the first one (words that end in NUL), with the
                                     second as its input, the third as its output, and the others under
                                     these numbers                        -> "PID", or "- ERRNO"
    "wait"                           reap the command that was started    -> its wait status
    end of file                      end, and what was started dies with us (bubblewrap sees to that)

What it starts inherits group, namespaces and user. Moving a process into a control group makes
the kernel wait for all processors, which took longer than all the rest of starting a command,
and a network namespace is dear to make and to clear away.

It imports nothing of ours: in the box's mount namespace and as the box's user, it could not.
"""

import array
import fcntl
import os
import signal
import socket
import struct
import sys

_LONGEST = 64 * 1024 * 1024
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_DESCRIPTORS = 250  # of the 253 that the kernel passes at once
_DEFAULTED = (  # what Python ignores, or whoever started us (nohup, a shell's background), a command must not
    signal.SIGPIPE,
    signal.SIGXFSZ,
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
)


def main() -> None:
    number, uid = map(int, sys.argv[1:])
    door = socket.socket(fileno=number)
    door.set_inheritable(False)
    if os.geteuid() != uid:
        _raise_loopback()
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    door.send(b"ready")
    pid = 0
    while True:
        packet, received = _next(door)
        if not packet:
            return
        if packet == b"wait":
            door.send(str(os.waitpid(pid, 0)[1]).encode())
            continue
        try:
            pid = _start(received, [int(word) for word in packet.split()])
            door.send(str(pid).encode())
        except OSError as error:
            door.send(b"- %d" % (error.errno or 0))


def _raise_loopback() -> None:
    """Let programs of one command talk to each other over loopback, and leave no trace of that to the next."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    try:
        with open("/proc/sys/net/ipv4/tcp_max_tw_buckets", "w") as most:
            most.write("0")
    except OSError:  # a container's /proc may be read-only; then a port is taken for a minute after its last use
        pass


def _next(door: socket.socket) -> tuple[bytes, list[int]]:
    """A packet and its descriptors, which no command inherits: socket.recv_fds() in Python 3.11 drops its flags."""
    held = array.array("i")
    packet, messages, _, _ = door.recvmsg(
        4096, socket.CMSG_SPACE(_DESCRIPTORS * held.itemsize), socket.MSG_CMSG_CLOEXEC
    )
    for level, kind, data in messages:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            held.frombytes(data[: len(data) - len(data) % held.itemsize])
    return packet, list(held)


def _start(received: list[int], numbers: list[int]) -> int:
    """Start the command with the received descriptors under these numbers, and close them here."""
    held = list(received)
    try:
        above = max((*numbers, *received)) + 1
        moved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, above) for fd in received]
        held += moved
        argv = os.pread(moved[0], _LONGEST, 0).split(b"\0")[:-1]
        places = [(moved[1], 0), (moved[2], 1), (moved[2], 2), *zip(moved[3:], numbers, strict=True)]
        actions = [(os.POSIX_SPAWN_DUP2, source, target) for source, target in places]
        return os.posix_spawn(argv[0], argv, os.environ, file_actions=actions, setsid=True, setsigdef=_DEFAULTED)
    finally:
        for fd in held:
            os.close(fd)


if __name__ == "__main__":
    main()
