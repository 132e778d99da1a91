"""New packages are called by their names, whatever the manifest."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.policy.dependencies import LOCK_FILE, MANIFEST, new_packages


@pytest.mark.parametrize(
    ("path", "before", "after", "new"),
    [
        ("requirements.txt", "requests==2\n", "requests==3\nleft-pad>=1\n# note\n", ("left-pad",)),
        ("requirements/dev.txt", "", "-r base.txt\nPy_Test ; python_version>'3'\n", ("py-test",)),
        ("requirements.txt", "a\n", "a @ git+https://evil.example/a\n", ("a @ git+https://evil.example/a",)),
        ("requirements.txt", "a\n", "a\n--index-url https://x.org\n", ("--index-url https://x.org",)),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["httpx"]\n',
            '[project]\ndependencies = ["httpx>=1", "evil[x]~=2"]\n[dependency-groups]\ndev = ["ruff"]\n',
            ("evil", "ruff"),
        ),
        ("pyproject.toml", "", '[tool.poetry.group.dev.dependencies]\nx = "^1"\n', ("x",)),
        (
            "web/package.json",
            json.dumps({"dependencies": {"react": "^18"}}),
            json.dumps({"dependencies": {"react": "npm:evil@1"}, "devDependencies": {"vite": "5"}}),
            ("react @ npm:evil@1", "vite"),
        ),
        (
            "Cargo.toml",
            "[dependencies]\n",
            '[dependencies]\nserde = "1"\n[target.x.dependencies]\nw = "1"\n',
            ("serde", "w"),
        ),
        (
            "go.mod",
            "module m\n\nrequire (\n\tgithub.com/a/b v1.0.0\n)\n",
            "module m\n\nrequire (\n\tgithub.com/a/b v1.1.0\n\tgithub.com/evil/c v0.1.0\n)\n",
            ("github.com/evil/c",),
        ),
        ("Gemfile", "gem 'rails'\n", "gem 'rails'\ngem \"evil\", '~> 1'\n", ("evil",)),
        ("composer.json", "{}", '{"require": {"evil/pack": "1"}}', ("evil/pack",)),
        ("mix.exs", "[{:a, 1}]", "[{:a, 1}, {:b, 2}]", ("b",)),
        ("pom.xml", "", "<dependency><artifactId>evil</artifactId></dependency>", ("evil",)),
        ("build.gradle", "", "implementation 'g:evil:1.0'", ("g:evil",)),
        ("setup.py", "", "install_requires=['evil>=1']", ("evil",)),
        ("requirements.txt", "", "-e git+https://evil.example/x\n", ("git+https://evil.example/x",)),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["a"]\n',
            '[project]\ndependencies = ["a"]\n[tool.uv]\ndev-dependencies = ["b"]\n'
            '[tool.uv.sources]\na = {git = "https://evil.example/a"}\n[tool.hatch.envs.x]\ndependencies = ["c"]\n',
            ("a @ https://evil.example/a", "b", "c"),
        ),
        ("package.json", "{}", '{"resolutions": {"a": "1"}, "pnpm": {"overrides": {"b": "1"}}}', ("a", "b")),
        ("Cargo.toml", '[dependencies]\na = "1"\n', '[dependencies]\na = {package = "evil"}\n', ("a @ evil",)),
        ("src/App.csproj", "", '<PackageReference Include="Evil" Version="1" />', ("Evil",)),
        ("gradle/libs.versions.toml", "", '[libraries]\nx = "g:evil:1"', ("g:evil",)),
    ],
)
def test_what_a_manifest_gains(path: str, before: str, after: str, new: tuple[str, ...]) -> None:
    assert MANIFEST.search(path)
    assert new_packages(path, before, after) == new


@pytest.mark.parametrize("path", [".npmrc", "web/.yarnrc.yml", "pip.conf", ".cargo/config.toml", "environment.yml"])
def test_where_packages_come_from_is_a_manifest_too(path: str) -> None:
    assert MANIFEST.search(path)
    assert new_packages(path, "", "registry=https://evil.example") == ()


def test_a_version_that_changes_is_nothing_new_and_an_unreadable_manifest_says_nothing() -> None:
    assert new_packages("package.json", '{"dependencies": {"a": "1"}}', '{"dependencies": {"a": "2"}}') == ()
    assert new_packages("package.json", "", "{") == ()
    assert new_packages("Cargo.toml", "broken [", "also broken [") == ()
    assert new_packages("README.md", "", "evil") == ()
    assert LOCK_FILE.search("web/pnpm-lock.yaml")


@given(
    st.sampled_from(["package.json", "pyproject.toml", "requirements.txt", "Cargo.toml", "go.mod"]),
    st.text(max_size=60),
)
def test_no_manifest_makes_it_stumble(path: str, text: str) -> None:
    new_packages(path, text, text[::-1])


def test_a_manifest_of_odd_shapes_does_not_either() -> None:
    for data in ([], 1, {"dependencies": []}, {"dependencies": {"a": None}}, {"dependencies": {"a": ["x:y"]}}):
        new_packages("package.json", "", json.dumps(data))
    new_packages(
        "pyproject.toml", "", 'project = 1\n[tool]\npoetry = []\n[dependency-groups]\na = [{include-group = "b"}]\n'
    )
