"""A box's root directory holds the public part of the host's /etc, places for the mounts, and nothing else."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from sandbox.backend import Box, BoxCommand, Mount
from sandbox.boxes import skeleton, stage
from sandbox.host import temporary


def test_it_has_places_for_all_that_is_mounted(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    mounts = [*skeleton.system(), Mount(tmp_path, "/opt/tools"), Mount(tmp_path / "file", "/etc/more/file")]
    root = tmp_path / "root"
    root.mkdir()
    skeleton.build(root, [*mounts, Mount(tmp_path, "/work/inner")])
    for place in ("usr", "work", "home/box", "tmp", "proc", "dev", "opt/tools"):
        assert (root / place).is_dir()
        assert not os.listdir(root / place) or place == "usr"
    assert (root / "etc/more/file").is_file()
    assert "box:x:1000" in (root / "etc/passwd").read_text()
    assert (root / "var/tmp").resolve() == root / "tmp"


def test_the_public_part_is_what_everybody_may_read(tmp_path: Path) -> None:
    (tmp_path / "open").write_text("x")
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0o640)
    (tmp_path / "closed").mkdir(mode=0o700)
    (tmp_path / "closed" / "inner").write_text("x")
    (tmp_path / "link").symlink_to("secret")
    os.mkfifo(tmp_path / "pipe")
    tmp_path.chmod(0o755)
    found = sorted(path.name for path in skeleton._public(str(tmp_path)))
    assert found == ["link", "open"], "the link is copied as a link, and leads to nothing"


def test_nothing_in_it_is_writable_for_others(tmp_path: Path) -> None:
    skeleton.build(tmp_path, skeleton.system())
    for path in tmp_path.rglob("*"):
        assert path.is_symlink() or not stat.S_IMODE(path.stat().st_mode) & 0o002, path


@pytest.mark.parametrize(("path", "own"), [("/work", True), ("/work/a", True), ("/workshop", False), ("/usr", False)])
def test_a_place_of_the_boxs_own_is_told_by_its_path(path: str, own: bool) -> None:
    assert skeleton.is_own(path) is own


async def test_what_a_killed_process_left_is_swept_and_the_rest_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine = await stage.open_plain(skeleton.system())
    dead = tmp_path / "pullwright-own-999999999.5-abc"
    (dead / "etc").mkdir(parents=True)
    temporary.sweep()
    assert (mine.root.exists(), dead.exists()) == (True, False)
    mine.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.bwrap
async def test_devices_and_terminals_work_inside_and_cannot_be_added_to(box: Box) -> None:
    probe = """
import os, pty
master, slave = pty.openpty()
os.write(slave, b"through a terminal")
assert os.read(master, 99) == b"through a terminal"
assert os.isatty(slave) and os.ttyname(slave).startswith("/dev/pts/")
assert len(open("/dev/urandom", "rb").read(8)) == 8 and open("/dev/zero", "rb").read(2) == b"\\0\\0"
open("/dev/null", "w").write("x"), open("/dev/stdout", "w").write("")
try:
    open("/dev/full", "wb", 0).write(b"x")
except OSError as error:
    assert error.errno == 28
open("/dev/shm/x", "w").write("x")
for path in ("/dev/x", "/dev/pts/x", "/dev/null/x"):
    try:
        open(path, "w")
        print("made", path)
    except OSError:
        pass
print(sorted(os.listdir("/dev")), sorted(os.listdir("/dev/pts")))
"""
    names = [
        "fd",
        "full",
        "null",
        "ptmx",
        "pts",
        "random",
        "shm",
        "stderr",
        "stdin",
        "stdout",
        "tty",
        "urandom",
        "zero",
    ]
    outcome = await box.run(BoxCommand(argv=("python3", "-c", probe)))
    assert outcome.output.replace("'console', ", "").replace("'core', ", "") == f"{names} ['0', 'ptmx']\n"


@pytest.mark.bwrap
async def test_programs_find_their_configuration_inside(box: Box) -> None:
    probe = (
        "python3 -c 'import ssl, pwd; print(bool(ssl.create_default_context().get_ca_certs()), pwd.getpwuid(1000)[0])'"
    )
    here = "True" if os.path.exists("/etc/ssl/certs/ca-certificates.crt") else "False"
    assert (await box.run(BoxCommand(shell=probe))).output == f"{here} box\n"
