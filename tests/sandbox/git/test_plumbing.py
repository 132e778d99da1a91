"""git as a process: its time-out takes its children along, and its complaints become sentences."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.errors import RepositoryError, TransientError
from sandbox.git.plumbing import Git, GitFailed, end_all
from tests.fakes.real_repository import git, make_repository


def test_a_command_that_hangs_is_stopped_with_its_children(tmp_path: Path) -> None:
    make_repository(tmp_path / "r", {"a": "a\n"})
    hanging = "!sleep 60 & echo $! > child; sleep 60"
    place = Git(tmp_path / "r", found=True)
    with pytest.raises(TransientError, match="longer than 1 seconds"):
        place.run("-c", f"alias.hang={hanging}", "hang", seconds=1)
    child = int((tmp_path / "r" / "child").read_text())
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{child}") and "Z" not in Path(f"/proc/{child}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline, "the child of the stopped command lives on"
        time.sleep(0.02)


def test_a_process_that_is_to_end_does_not_wait_for_git(tmp_path: Path) -> None:
    make_repository(tmp_path / "r", {"a": "a\n"})
    place = Git(tmp_path / "r", found=True)
    with ThreadPoolExecutor() as pool:
        hanging = pool.submit(place.run, "-c", "alias.hang=!touch begun; sleep 60", "hang")
        while not (tmp_path / "r" / "begun").exists():
            assert not hanging.done()
            time.sleep(0.02)
        while not hanging.done():  # git may have begun before the thread that started it has noted so
            end_all()
            time.sleep(0.02)
        with pytest.raises(TransientError, match="ended by SIGKILL"):
            hanging.result()


def test_a_complaint_becomes_one_sentence(tmp_path: Path) -> None:
    make_repository(tmp_path / "r", {"a": "a\n"})
    with pytest.raises(GitFailed) as caught:
        Git(tmp_path / "r" / ".git").run("cat-file", "-p", "nothing")
    assert caught.value.sentence == "git cat-file failed: Not a valid object name nothing."
    assert caught.value.status == 128


def test_git_that_is_not_installed_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="not installed"):
        Git(tmp_path).run("version")


def test_reading_many_objects_may_stop_early(tmp_path: Path) -> None:
    make_repository(tmp_path / "r", {"a": "a" * 100_000})
    blob = git(tmp_path / "r", "rev-parse", "HEAD:a")
    read = Git(tmp_path / "r" / ".git").contents([blob] * 100)
    assert next(read) == (blob, b"a" * 100_000)
    read.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ({"SSL_CERT_FILE": "/ca.pem"}, {"GIT_SSL_CAINFO": "/ca.pem"}),
        ({"SSL_CERT_DIR": "/certs"}, {"GIT_SSL_CAPATH": "/certs"}),
        ({"SSL_CERT_FILE": "/ca.pem", "GIT_SSL_CAINFO": "/git.pem"}, {"GIT_SSL_CAINFO": "/git.pem"}),
        ({"GIT_SSL_CAPATH": "/certs"}, {"GIT_SSL_CAPATH": "/certs"}),
        ({}, {}),
    ],
)
def test_certificates_that_count_for_us_count_for_git_too(
    given: dict[str, str], seen: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "CURL_CA_BUNDLE")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    found = Git(Path("/nowhere")).environment()
    assert {name: found[name] for name in ("GIT_SSL_CAINFO", "GIT_SSL_CAPATH") if name in found} == seen
