"""The nearest tag of a version before a commit, by what the remote says of its tags."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.errors import RepositoryError
from sandbox.git.repository import Repository
from sandbox.git.tags import nearest
from tests.fakes.real_repository import commit, git


def nearest_of(source: Path, mirror: Repository) -> tuple[str, int]:
    mirror.fetch(str(source))
    return nearest(mirror.git, git(source, "rev-parse", "HEAD"), str(source), None)


def test_the_nearest_one_is_told_with_the_commits_since_and_no_tag_is_fetched(source: Path, mirror: Repository) -> None:
    git(source, "tag", "v1.0.0")
    commit(source, {"a.txt": "2"})
    git(source, "tag", "-a", "-m", "Annotated", "v1.1.0")
    assert nearest_of(source, mirror) == ("v1.1.0", 0)
    commit(source, {"a.txt": "3"})
    commit(source, {"a.txt": "4"})
    assert nearest_of(source, mirror) == ("v1.1.0", 2)
    assert git(mirror.directory, "tag") == ""


def test_a_tag_of_another_branch_does_not_count(source: Path, mirror: Repository) -> None:
    git(source, "tag", "v1.0.0")
    git(source, "checkout", "-q", "-b", "other")
    commit(source, {"a.txt": "2"})
    git(source, "tag", "v2.0.0")
    git(source, "checkout", "-q", "main")
    commit(source, {"a.txt": "3"})
    assert nearest_of(source, mirror) == ("v1.0.0", 1)


@pytest.mark.parametrize("name", ["latest", "v1$(x)", "v1;x", "1`x`", "-1", "é1"])
def test_what_names_no_version_or_could_be_taken_for_more_than_a_name_is_passed_over(
    source: Path, mirror: Repository, name: str
) -> None:
    git(source, "update-ref", f"refs/tags/{name}", "HEAD")
    assert nearest_of(source, mirror) == ("", 0)


def test_a_tag_on_what_is_no_commit_and_a_remote_without_tags_give_none(source: Path, mirror: Repository) -> None:
    assert nearest_of(source, mirror) == ("", 0)
    git(source, "tag", "v9", git(source, "rev-parse", "HEAD:a.txt"))
    assert nearest_of(source, mirror) == ("", 0)


@pytest.mark.parametrize("url", ["ext::sh -c true", "--upload-pack=true", "https://u:s3cr3t@x.invalid/r"])
def test_an_address_that_is_none_is_refused_before_anything_is_run(source: Path, mirror: Repository, url: str) -> None:
    with pytest.raises(RepositoryError, match="address") as refused:
        nearest(mirror.git, git(source, "rev-parse", "HEAD"), url, None)
    assert "s3cr3t" not in str(refused.value)
    assert "failed" not in str(refused.value)
