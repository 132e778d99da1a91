"""Versions as tags name them, and what a release is compared with."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from workflows.release_notes.history.versions import Previous, previous, suggested, version_of


@pytest.mark.parametrize(
    ("tag", "prefix", "before"),
    [
        ("1.2.3", "", False),
        ("v1.2.3", "", False),
        ("V2", "", False),
        ("v1.0.0rc1", "", True),
        ("1.0.0-beta.11", "", True),
        ("v1.0.0-alpha.beta", "", True),
        ("release-1.4", "release-", False),
        ("core@2.0.0", "core@", False),
        ("@scope/pkg@2.0.0-next.3", "@scope/pkg@", True),
        ("pkg/v0.3.1", "pkg/", False),
        ("my-tool-v0.3.1", "my-tool-", False),
        ("py3-1.0", "py3-", False),
        ("REL_16_1", "REL_", False),
        ("curl-8_1_0", "curl-", False),
        ("2024-11-30", "", False),
        ("deploy-2024-11-30.1", "deploy-", False),
        ("5.3.0.RELEASE", "", False),
        ("v1.0.0.Final", "", False),
        ("12.0.1-ga", "", False),
        ("release.1.2.3", "release.", False),
    ],
)
def test_a_tag_is_a_package_and_a_version(tag: str, prefix: str, before: bool) -> None:
    found = version_of(tag)
    assert found is not None
    assert (found.prefix, found.prerelease) == (prefix, before)


@pytest.mark.parametrize("tag", ["", "latest", "nightly-build", "v", "-", "before-the-move", "2.x", "v1.2.0_1"])
def test_what_names_no_version_is_none(tag: str) -> None:
    assert version_of(tag) is None


@pytest.mark.parametrize(
    "ordered",
    [
        ["v1.0.0-alpha", "v1.0.0-alpha.1", "v1.0.0-alpha.beta", "v1.0.0"],
        ["1.0.dev1", "1.0a1", "1.0b2", "1.0rc1", "1.0", "1.0.post1", "1.1"],
        ["0.9.9", "0.10.0", "0.10.1", "1.0.0"],
        ["REL_9_6", "REL_16_0", "REL_16_1"],
        ["2023-12-31", "2024-02-01", "2024-11-30", "2024-11-30.1"],
        ["3.0.0.Alpha1", "3.0.0.Final", "3.0.1.RELEASE"],
    ],
)
def test_versions_come_in_their_order(ordered: list[str]) -> None:
    found = [version for tag in reversed(ordered) if (version := version_of(tag)) is not None]
    assert [one.tag for one in sorted(found)] == ordered


@pytest.mark.parametrize(
    ("tag", "tags", "merged", "expected"),
    [
        ("v1.1.0", ["v1.0.0", "v0.9.0", "v1.1.0"], None, Previous("v1.0.0")),
        ("v1.1.0", ["v1.0.0", "v1.1.0rc1", "v1.1.0rc2"], None, Previous("v1.0.0")),
        ("v1.1.0rc2", ["v1.0.0", "v1.1.0rc1"], None, Previous("v1.1.0rc1")),
        ("v1.0.0", ["v1.0.0rc1"], None, Previous("v1.0.0rc1")),
        ("v1.0.0", ["v1.0.0"], None, Previous("")),
        ("b@2.0.0", ["a@1.9.0", "b@1.0.0", "1.9.9"], None, Previous("b@1.0.0")),
        ("v2.0.0", ["v1.9.1", "v1.9.0"], {"v1.9.0"}, Previous("v1.9.0")),
        (
            "v2.0.0",
            ["v1.9.1"],
            set[str](),
            Previous("v1.9.1", "v1.9.1 is not in the history of v2.0.0: what is new since they parted."),
        ),
        ("v2.0.0", ["release-1.9.0", "version/1.8"], None, Previous("release-1.9.0")),
        ("release/2.0", ["v1.9", "rel_1.10", "api-1.11"], None, Previous("rel_1.10")),
        ("r3", ["rust-2", "r2"], None, Previous("r2")),
        ("core-v1.2.0", ["core@1.1.0", "core/v1.0.0", "ui@1.1.9"], None, Previous("core@1.1.0")),
        ("2025-01-02", ["2024-12-31", "2024-02-01"], None, Previous("2024-12-31")),
        ("nightly", ["v1.0.0"], None, Previous("", "nightly names no version, so nothing is known to come before it.")),
    ],
)
def test_the_release_before(tag: str, tags: list[str], merged: Collection[str] | None, expected: Previous) -> None:
    assert previous(tag, tags, (tags if merged is None else merged).__contains__) == expected


@pytest.mark.parametrize(
    ("last", "breaking", "features", "version"),
    [
        ("v1.2.3", True, True, "v2.0.0"),
        ("v1.2.3", False, True, "v1.3.0"),
        ("1.2.3", False, False, "1.2.4"),
        ("0.2.3", True, False, "0.3.0"),
        ("pkg@1.2.3", False, True, "pkg@1.3.0"),
        ("2026.11.29.1", False, True, ""),
        ("v1.2", False, False, "v1.2.1"),
        ("2026.11", False, True, ""),
        ("2026-11-29", True, True, ""),
        ("REL_16_1", False, False, "REL_16_1_1"),
    ],
)
def test_the_next_version_follows_from_what_changed(last: str, breaking: bool, features: bool, version: str) -> None:
    assert suggested(version_of(last), breaking=breaking, features=features)[0] == version


@pytest.mark.parametrize(
    ("last", "broken", "expected"),
    [
        ("v1.2.3", 1, ("v2.0.0", "1 public name breaks")),
        ("v1.2.3", 20, ("v2.0.0", "20 public names break")),
        ("0.2.3", 2, ("0.3.0", "2 public names break below 1.0")),
    ],
)
def test_names_that_break_count_as_a_breaking_change(last: str, broken: int, expected: tuple[str, str]) -> None:
    assert suggested(version_of(last), breaking=False, features=True, broken=broken) == expected
