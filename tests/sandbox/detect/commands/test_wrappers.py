"""What a container of one program runs."""

from __future__ import annotations

import pytest

from sandbox.detect.commands.wrappers import unwrap


@pytest.mark.parametrize(
    ("line", "inside"),
    [
        ("docker run -v $PWD:/code bats/bats:latest /code/tests/bats", "bats tests/bats"),
        ("docker run --rm --volume=$PWD:/code bats/bats bats /code/tests", "bats tests"),
        ("docker run --rm -v $PWD:/mnt koalaman/shellcheck:stable a.sh", "shellcheck a.sh"),
        ("podman run --rm -v $PWD:/w docker.io/hadolint/hadolint:v2 /w/Dockerfile", "hadolint Dockerfile"),
        ("docker run --rm golang:1.25 go test ./...", "go test ./..."),
        ("docker run --network db bats/bats tests", "docker run --network db bats/bats tests"),
    ],
)
def test_an_image_of_one_program_is_that_program_on_the_trees_own_paths(line: str, inside: str) -> None:
    assert " ".join(unwrap(tuple(line.split()))) == inside
