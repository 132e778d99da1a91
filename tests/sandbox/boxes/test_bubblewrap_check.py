"""What `doctor` says of bubblewrap: what is missing on this machine, and the one remedy that fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.boxes import bubblewrap_check

APPARMOR, CLONE = "kernel/apparmor_restrict_unprivileged_userns", "kernel/unprivileged_userns_clone"
MOST = "user/max_user_namespaces"


def machine(folder: Path, **settings: str) -> Path:
    for name, text in settings.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({APPARMOR: "1\n", CLONE: "1\n"}, "AppArmor keeps"),
        ({APPARMOR: "0\n", CLONE: "0\n", MOST: "0\n"}, "kernel.unprivileged_userns_clone=1"),
        ({CLONE: "1\n", MOST: "0\n"}, "user.max_user_namespaces=15000"),
    ],
)
def test_the_remedy_is_that_of_what_stands_in_the_way(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    found = bubblewrap_check.trial("bwrap: No permissions to create new namespace", machine(tmp_path, **settings))
    assert (found.ok, found.detail) == (False, "bwrap: No permissions to create new namespace")
    assert words in found.remedy


@pytest.mark.parametrize("settings", [{}, {APPARMOR: "", CLONE: "\n", MOST: "many"}, {MOST: "63000\n", CLONE: "1\n"}])
def test_a_machine_of_which_nothing_is_known_has_a_remedy_all_the_same(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    remedy = bubblewrap_check.remedy(machine(tmp_path, **settings))
    assert "container" in remedy or "docs/security.md" in remedy


def test_a_trial_that_worked_needs_none(tmp_path: Path) -> None:
    found = bubblewrap_check.trial("", machine(tmp_path, **{APPARMOR: "1"}))
    assert (found.ok, found.remedy) == (True, "")


@pytest.mark.parametrize(("version", "good"), [((0, 4, 1), False), ((0, 5), True), ((0, 10, 0), True), ((), False)])
def test_a_version_is_compared_by_its_numbers(version: tuple[int, ...], good: bool) -> None:
    found = bubblewrap_check.installed(version)
    assert (found.ok, bool(found.remedy)) == (good, not good)


def test_missing_limits_end_nothing_unless_they_are_asked_for_which_can_be_taken_back() -> None:
    free, strict = (bubblewrap_check.bounded("No cgroups.", 2, strict=strict) for strict in (False, True))
    assert (free.ok, free.fatal, strict.ok, strict.fatal) == (False, False, False, True)
    assert "PULLWRIGHT_STRICT" not in free.remedy
    assert "PULLWRIGHT_STRICT" in strict.remedy
    assert bubblewrap_check.bounded("", 2, strict=True).ok
