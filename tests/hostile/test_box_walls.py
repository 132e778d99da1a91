"""Attempts to leave a box, to look out of it, and to find something worth stealing in it."""

import os
import socket
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.backend import Box, BoxCommand, BoxSpec, Mount
from sandbox.boxes import seccomp
from sandbox.boxes.bubblewrap import Bubblewrap

pytestmark = pytest.mark.bwrap

SYSCALL = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
result = libc.syscall(*[ctypes.c_long(int(word, 0)) for word in sys.argv[1:]])
print(result, ctypes.get_errno())
"""


async def syscall(box: Box, *words: int) -> tuple[int, int]:
    outcome = await box.run(BoxCommand(argv=("python3", "-c", SYSCALL, *map(str, words))))
    result, error = outcome.output.split()
    return int(result), int(error)


async def test_the_root_cannot_be_remounted_and_host_files_stay(box: Box, tmp_path: Path) -> None:
    before = Path("/usr/bin/env").stat()
    attack = (
        "mount -o remount,rw / ; mount -o remount,rw /usr; mount -t tmpfs x /usr; echo x >> /usr/bin/env; echo x > /x"
    )
    outcome = await box.run(BoxCommand(shell=attack))
    after = Path("/usr/bin/env").stat()
    assert not outcome.ok
    assert (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    assert not Path("/x").exists()


async def test_nothing_but_tree_home_and_tmp_is_writable(box: Box) -> None:
    probe = (
        "for d in / /etc /dev /usr /var /run /home /root /opt /proc /sys; do touch $d/x 2>/dev/null && echo $d; done; :"
    )
    assert (await box.run(BoxCommand(shell=probe))).output == ""


async def test_user_namespaces_cannot_be_nested(box: Box) -> None:
    for attack in (("unshare", "-U", "true"), ("unshare", "-Ur", "id"), ("bwrap", "--ro-bind", "/", "/", "true")):
        assert not (await box.run(BoxCommand(argv=attack))).ok


async def test_user_namespaces_cannot_be_nested_where_no_filter_refuses_it_either(
    box: Box, box_backend: Bubblewrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    if box_backend.version < (0, 8):
        pytest.skip("this bubblewrap leaves it to the filter")
    monkeypatch.setattr(seccomp, "program", lambda: struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF_0000))  # allows all
    assert not (await box.run(BoxCommand(argv=("unshare", "-U", "true")))).ok


async def test_no_namespace_is_shared_with_the_host(box: Box) -> None:
    kinds = [kind for kind in ("ipc", "mnt", "net", "pid", "user", "uts") if os.path.exists(f"/proc/self/ns/{kind}")]
    ours = {os.readlink(f"/proc/self/ns/{kind}") for kind in kinds}
    outcome = await box.run(BoxCommand(argv=("readlink", *(f"/proc/self/ns/{kind}" for kind in kinds))))
    assert len(outcome.output.split()) == len(kinds)
    assert not ours & {*outcome.output.split()}


async def test_a_command_is_in_a_session_of_its_own(box: Box) -> None:
    """Of one outside, and of its terminal, nothing is known in here: the kernel calls it 0."""
    outcome = await box.run(BoxCommand(argv=("python3", "-c", "import os; print(os.getsid(0))")))
    assert int(outcome.output) > 0


async def test_no_capability_is_left(box: Box) -> None:
    outcome = await box.run(BoxCommand(shell="grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status"))
    facts = dict(line.split(":\t") for line in outcome.output.splitlines())
    assert {value for name, value in facts.items() if name.startswith("Cap")} == {"0" * 16}
    assert (facts["NoNewPrivs"], facts["Seccomp"]) == ("1", "2")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to run boxes as")
async def test_what_root_starts_does_not_run_as_root(box: Box, box_spec: BoxSpec) -> None:
    await box.run(BoxCommand(shell="touch made"))
    assert (box_spec.tree / "made").stat().st_uid not in (0, 65534)
    assert (await box.run(BoxCommand(shell="id -u; id -G"))).output == "1000\n1000\n"


async def test_the_hosts_secrets_are_absent(box: Box, box_spec: BoxSpec, tmp_path: Path) -> None:
    (tmp_path / "settings.env").write_text("KEY=geheim-1234\n")
    probe = (
        f"cat /etc/shadow /etc/gshadow {tmp_path}/settings.env; ls -a {tmp_path}; "
        "ls /root/.ssh /root/.aws /root/.gitconfig ~/.ssh; cat /proc/1/environ; cat /proc/*/environ"
    )
    os.environ["PULLWRIGHT_TEST_SECRET"] = "geheim-5678"
    try:
        outcome = await box.run(BoxCommand(shell=probe))
    finally:
        del os.environ["PULLWRIGHT_TEST_SECRET"]
    assert "geheim" not in outcome.output
    assert "root:" not in outcome.output


async def test_of_a_home_with_tool_chains_only_these_are_seen(box: Box) -> None:
    home = Path.home()
    seen = (
        await box.run(BoxCommand(shell=f"cd {home} 2>/dev/null && find . -maxdepth 1 -mindepth 1; :"))
    ).output.split()
    assert not {"./.ssh", "./.gitconfig", "./.npmrc", "./.aws", "./.config", "./.docker", "./.netrc"} & set(seen)
    assert not (await box.run(BoxCommand(shell=f"ls {home}/.cargo/credentials.toml {home}/.cargo/config.toml"))).ok


async def test_host_processes_are_not_seen(box: Box) -> None:
    outcome = await box.run(BoxCommand(shell="ls -d /proc/[0-9]* | wc -l; kill -0 " + str(os.getpid())))
    assert int(outcome.output.split()[0]) <= 5
    assert not outcome.ok


async def test_there_is_nothing_in_the_environment_to_print(box: Box) -> None:
    outcome = await box.run(BoxCommand(argv=("env",)))
    names = {line.partition("=")[0] for line in outcome.output.splitlines()}
    allowed = {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TERM", "TMPDIR", "CI", "PAGER", "PWD"}
    tools = {"PIP_DISABLE_PIP_VERSION_CHECK", "npm_config_update_notifier"}
    roots = {name for name in names if name.endswith(("_ROOT", "_HOME", "_DIR")) or name.startswith("GIT_")}
    assert names <= allowed | tools | roots
    assert not {"PULLWRIGHT", "TOKEN", "KEY", "SECRET"} & {part for name in names for part in name.split("_")}


async def test_no_descriptor_of_the_host_is_inherited(box: Box) -> None:
    outcome = await box.run(BoxCommand(argv=("ls", "/proc/self/fd")))
    assert outcome.output.split() == ["0", "1", "2", "3"], "3 is the listing's own"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ptrace", (101, 16, 1, 0, 0)),
        ("keyctl", (250, 0, -3, 0)),
        ("add_key", (248, 0, 0, 0, 0, 0)),
        ("bpf", (321, 0, 0, 0)),
        ("io_uring_setup", (425, 1, 0)),
        ("mount", (165, 0, 0, 0, 0, 0)),
        ("fsopen", (430, 0, 0)),
        ("open_tree", (428, 0, 0, 0)),
        ("userfaultfd", (323, 0)),
        ("perf_event_open", (298, 0, 0, 0, 0, 0)),
        ("process_vm_readv", (310, 1, 0, 0, 0, 0, 0)),
        ("unshare for nothing", (272, 0)),
        ("setns", (308, 0, 0)),
        ("clone with a user namespace", (56, 0x10000000 | 17, 0, 0, 0, 0)),
        ("TIOCSTI", (16, 0, 0x5412, 0)),
        ("TIOCSTI with high bits", (16, 0, 0x1_0000_5412, 0)),
        ("TIOCLINUX", (16, 0, 0x541C, 0)),
    ],
)
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
async def test_dangerous_calls_are_refused_before_the_kernel_looks_at_them(
    box: Box, name: str, words: tuple[int, ...]
) -> None:
    assert await syscall(box, *words) == (-1, 1)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
async def test_calls_in_another_numbering_are_absent(box: Box) -> None:
    assert await syscall(box, 435, 0, 0) == (-1, 38), "clone3, whose flags a filter cannot see"
    assert await syscall(box, 0x4000_0000 + 39) == (-1, 38), "getpid of x32"


async def test_only_plain_socket_families_exist(box: Box) -> None:
    probe = """
import errno, socket
for family, proto in ((40, 0), (38, 0), (17, 0), (16, 9), (21, 0), (30, 0)):
    try:
        socket.socket(family, socket.SOCK_RAW if family == 16 else socket.SOCK_STREAM, proto)
        print(family, "open")
    except OSError as error:
        assert error.errno == errno.EAFNOSUPPORT, (family, error)
for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6):
    socket.socket(family, socket.SOCK_STREAM)
socket.socket(16, socket.SOCK_RAW, 0)
print("done")
"""
    assert (await box.run(BoxCommand(argv=("python3", "-c", probe)))).output == "done\n"


async def test_no_host_service_metadata_address_or_name_can_be_reached(box: Box) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("0.0.0.0", 0)) as open_server:
        ports = server.getsockname()[1], open_server.getsockname()[1]
        probe = f"""
import socket
for address in ("127.0.0.1", {ports[0]}), ("127.0.0.1", {ports[1]}), ("169.254.169.254", 80), ("1.1.1.1", 443):
    try:
        socket.create_connection(address, 2)
        print("reached", address)
    except OSError:
        pass
try:
    print("resolved", socket.getaddrinfo("example.com", 443))
except OSError:
    pass
"""
        assert (await box.run(BoxCommand(argv=("python3", "-c", probe)))).output == ""


async def test_loopback_works_inside_for_tests_that_serve(box: Box) -> None:
    serve = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname()); print(1)"
    )
    assert (await box.run(BoxCommand(argv=("python3", "-c", serve)))).output == "1\n"


async def test_unix_sockets_of_the_host_are_absent(box: Box) -> None:
    name = f"\0pullwright-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(name)
        abstract.listen()
        probe = f"""
import os, socket
s = socket.socket(socket.AF_UNIX)
try:
    s.connect({name!r})
    print("reached")
except OSError:
    pass
places = "/run/docker.sock", "/var/run/docker.sock", "/run/dbus", "/run/systemd", "/run/user"
print([place for place in places if os.path.exists(place)])
"""
        assert (await box.run(BoxCommand(argv=("python3", "-c", probe)))).output == "[]\n"


async def test_a_conftest_that_looks_for_secrets_and_network_finds_nothing(box: Box, box_spec: BoxSpec) -> None:
    (box_spec.tree / "conftest.py").write_text(
        """
import glob, os, socket
loot = [k for k in os.environ if any(w in k.upper() for w in ("TOKEN", "SECRET", "PASSWORD", "API_KEY"))]
for pattern in "/root/.*rc", "/root/.ssh/*", "/home/*/.ssh/*", "/home/*/.netrc", "/*/.git-credentials", "/run/*":
    loot += glob.glob(pattern)
try:
    socket.create_connection(("1.1.1.1", 53), 1)
    loot.append("network")
except OSError:
    pass
print("LOOT", loot)
"""
    )
    outcome = await box.run(BoxCommand(argv=("python3", "conftest.py")))
    assert outcome.output == "LOOT []\n"


@pytest.mark.parametrize("name", [".tmp", "../home.tmp", "tmp"])
async def test_a_box_cannot_replace_what_the_next_command_is_given_as_tmp(box: Box, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("of the host")
    plant = (
        f"mv ~/{name} ~/.t2; rm -rf ~/{name}; ln -s / ~/{name}; rm -rf /tmp; mv /tmp /home/box/x; ln -s / /tmp; true"
    )
    await box.run(BoxCommand(shell=plant))
    outcome = await box.run(BoxCommand(shell=f"ls -A /tmp; cat /tmp{tmp_path}/secret; touch /tmp/mine"))
    assert "of the host" not in outcome.output
    assert not {"etc", "usr", "root"} & set(outcome.output.split())
    assert not Path("/mine").exists()


async def test_a_link_planted_in_the_home_does_not_lead_the_next_box_astray(
    box_backend: Bubblewrap, box_spec: BoxSpec, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o700)
    (outside / "kept").write_text("x")
    async with box_backend.open(box_spec) as box:
        await box.run(BoxCommand(shell=f"rm -rf ~/.tmp; ln -s {outside} ~/.tmp; ls -la ~"))
    async with box_backend.open(box_spec) as box:
        assert (await box.run(BoxCommand(shell="ls -A /tmp; touch /tmp/x"))).output in ("", "tools\n")
    assert [path.name for path in outside.iterdir()] == ["kept"]


@pytest.mark.parametrize("to", ["{to}", "/oldroot{to}"])
@pytest.mark.parametrize("away", ["mv {top} {top}.old", "rm -r {top}"])
@pytest.mark.parametrize(
    "inside", ["/home/box", *(pytest.param(one, marks=pytest.mark.at_length) for one in ("/work", "/tmp"))]
)
async def test_the_place_of_a_tool_chain_that_lies_within_is_not_looked_up_again(
    box_backend: Bubblewrap, box_spec: BoxSpec, tmp_path: Path, inside: str, away: str, to: str
) -> None:
    """Bubblewrap has the host at /oldroot while it mounts, and we have it at /; both make what is missing."""
    outside, tools = tmp_path / "outside", tmp_path / "some-tools"
    for place in (outside, tools):
        place.mkdir()
        box_backend.own(place)
    (tools / "tool").write_text("#!/bin/sh\necho it works\n")
    (tools / "tool").chmod(0o755)
    (tmp_path / "some-file").write_text("a file")
    top = f"{inside}/chain"
    mounts = (Mount(tools, f"{top}/deep/tools"), Mount(tmp_path / "some-file", f"{top}/deep/file"))
    spec = replace(box_spec, mounts=mounts)
    first = f"{top}/deep/tools/tool && cat {top}/deep/file; touch {top}/deep/tools/x {top}/deep/file"
    for _ in range(2):  # what one box has planted waits for the next one, too
        async with box_backend.open(spec) as box:
            seen = (await box.run(BoxCommand(shell=first))).output
            assert "it works\na file" in seen or "No such file" in seen or "Not a directory" in seen, seen
            await box.run(BoxCommand(shell=f"{away}; ln -s {to} {{top}}".format(top=top, to=outside)))
            await box.run(BoxCommand(shell=f"ls {top}/deep; touch {top}/here"))
    assert list(outside.iterdir()) == []
    assert [path.name for path in tools.iterdir()] == ["tool"]
