"""Whether installing what a manifest of JavaScript names runs code of the tree."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.environment.manifests.node_manifests import runs_the_tree


def package(**more: Any) -> bytes:
    return json.dumps({"name": "a", **more}).encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "package.json",
            package(dependencies={"left": "^1.0.0", "own": "workspace:*", "web": "https://a.example/a.tgz"}),
        ),
        ("package.json", package(scripts={"test": "jest", "prepublishOnly": "make"}, workspaces=["packages/*"])),
        ("package.json", package(pnpm={"overrides": {"left": "2"}, "onlyBuiltDependencies": ["esbuild"]})),
        (".npmrc", b"; comment\nregistry=https://registry.example/\nsave-exact = true\n"),
        (".yarnrc", b'# comment\nregistry "https://registry.example"\n--install.frozen-lockfile true\n'),
        (".yarnrc.yml", b"nodeLinker: node-modules\nyarnPath: .yarn/releases/yarn-4.1.0.cjs\n"),
        ("pnpm-workspace.yaml", b"packages:\n  - 'packages/*'\ncatalog:\n  left: ^1.0.0\n"),
        ("yarn.lock", b'"left@npm:^1.0.0":\n  version: 1.0.0\n'),
        ("yarn-4.1.0.cjs", b"anything"),
    ],
)
def test_what_only_names_packages_of_an_index_does_not(name: str, data: bytes) -> None:
    assert runs_the_tree(name, data) is False


@pytest.mark.parametrize(
    ("name", "data"),
    [
        *(("package.json", package(scripts={hook: "node x.js"})) for hook in ("preinstall", "prepare", "dependencies")),
        *(
            ("package.json", package(dependencies={"a": where}))
            for where in (
                "file:../a",
                "link:./a",
                "portal:./a",
                "./a",
                "../a",
                "/a",
                "~/a",
                "a.tgz",
                "patch:a@1#./x",
                "exec:./x",
            )
        ),
        ("package.json", package(resolutions={"deep/**/a": "file:./a"})),
        ("package.json", package(pnpm={"overrides": {"a": {"b": "link:./b"}}})),
        ("package.json", package(pnpm={"patchedDependencies": {"a@1": "patches/a.patch"}})),
        ("package.json", b"{not json"),
        ("package.json", b"[]"),
        ("package.json", b"[" * 100_000),
        ("package.json", package(scripts="make")),
        (".npmrc", b"script-shell=./evil.sh\n"),
        (".npmrc", b"registry=https://a.example/\nnode-options=--require ./x.js\n"),
        (".yarnrc", b'yarn-path "./evil.js"\n'),
        (".yarnrc.yml", b"plugins:\n  - path: .yarn/plugins/x.cjs\n"),
        (".yarnrc.yml", b"yarnPath: tools/yarn.cjs\n"),
        ("pnpm-workspace.yaml", b"patchedDependencies:\n  a: patches/a.patch\n"),
        ("pnpm-workspace.yaml", b"scriptShell: ./evil.sh\n"),
        ("package-lock.json", b'{"packages": {"node_modules/a": {"resolved": "file:../a"}}}'),
        ("pnpm-lock.yaml", b"patchedDependencies:\n  a: {}\n"),
        ("yarn.lock", b'"a@patch:a@npm%3A1#./patches/a.patch":\n'),
        (".pnpmfile.cjs", b""),
        ("binding.gyp", b""),
    ],
)
def test_what_reads_or_runs_something_of_the_tree_does(name: str, data: bytes) -> None:
    assert runs_the_tree(name, data) is True


def test_of_other_files_it_says_nothing() -> None:
    assert runs_the_tree("requirements.txt", b"-e .") is None
