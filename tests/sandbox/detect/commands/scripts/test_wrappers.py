"""What a container of one program runs."""

from __future__ import annotations

import shlex

import pytest

from sandbox.detect.commands.scripts.wrappers import unwrap


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


@pytest.mark.parametrize(
    ("line", "inside"),
    [
        ("composer exec phpunit -- --exclude-group slow", "phpunit --exclude-group slow"),
        ("composer exec -v phpunit", "phpunit"),
        ("composer exec -- phpunit -c a.xml", "phpunit -c a.xml"),
        ("composer exec 'phpunit -c a.xml'", "phpunit -c a.xml"),
        ("npm exec vitest -- run", "vitest run"),
        ("./web/node_modules/eslint/bin/eslint.js --max-warnings 0", "eslint --max-warnings 0"),
        ("node_modules/.bin/tsc --noEmit", "tsc --noEmit"),
        ("node_modules/@biomejs/biome/bin/biome ci", "biome ci"),
        ("npm exec -- vitest run", "vitest run"),
    ],
)
def test_what_a_package_manager_executes_is_given_what_stands_behind_the_dashes(line: str, inside: str) -> None:
    assert " ".join(unwrap(tuple(shlex.split(line)))) == inside
