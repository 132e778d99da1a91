"""What runs by itself on somebody else's machine: protected where it is made for that, told where it is ordinary."""

from __future__ import annotations

import json

import pytest

from sandbox.journal import FileAction, FileChange
from workflows.policy.change_rules import DiffBounds, Proposed, judge
from workflows.policy.config.repo_config import RepoConfig
from workflows.policy.protected import is_protected
from workflows.policy.unasked import installers_run, loaded_unasked
from workflows.policy.warnings import cautions_about

PROTECTED = """
pnpmfile.cjs sub/.pnp.cjs .pnp.loader.mjs sub/.bazelrc sub/.bazeliskrc tools/bazel.rc ide/app.run.xml sub/devfile.yaml
devenv.nix sub/devenv.yaml bamboo-specs/bamboo.yml ios/ci_scripts/ci_post_clone.sh heroku.yml railway.toml nixpacks.toml
wrangler.jsonc codecov.yml sonar-project.properties sub/.aider.conf.yml sub/.kilocode/rules/a.md .kilocodemodes
kilocode.json sub/.amp/settings.json docs/a.instructions.md a.chatmode.md sub/.rules git_hooks/pre-commit
sub/.huskyrc.js
husky.config.js prek.toml hk.pkl .rusty-hook.toml whisky.json launch.vs.json sub/tasks.vs.json omnisharp.json
Directory.Solution.targets After.App.sln.targets app.csproj.user MSBuild.rsp sub/.ghci sub/.iex.exs sub/.Renviron
.forgejo/workflows/a.yml .gitea/workflows/a.yml .sourcehut/a.yml .buildkite/pipeline.yml .semaphore/semaphore.yml
"""
TOLD = """
flake.nix nix/shell.nix pixi.toml Procfile settings.gradle.kts gradle.properties project/plugins.sbt global.json
build.rs binding.gyp rust-toolchain.toml ansible.cfg src/zz.pth docker-compose.override.yml packages/a/.unknown/config
packages/a/.unknown.toml MODULE.bazel plugin/skills/x/SKILL.md
"""
FREE = """
src/app.py packages/a/.eslintrc.json packages/a/.env.example packages/a/.storybook/main.ts tests/data/.hidden/x
docs/.vitepress/config.ts src/workspace.py src/prompt.md docs/instructions.md src/.gitignore refs/a.md src/head.ts
src/build.rs.md app/.prettierignore src/run.xml lib/procfile.rb t/.hidden
"""


@pytest.mark.parametrize("path", PROTECTED.split())
def test_what_some_tool_runs_by_itself_is_protected(path: str) -> None:
    assert is_protected(path)


@pytest.mark.parametrize("path", TOLD.split())
def test_what_a_tool_loads_where_it_lies_is_told(path: str) -> None:
    assert not is_protected(path)
    told = cautions_about([FileChange(path, FileAction.CREATED, after_mode="100644", after_blob="1")])
    assert any(path in sentence for sentence in told)


@pytest.mark.parametrize("path", FREE.split())
def test_ordinary_files_are_neither(path: str) -> None:
    assert not is_protected(path)
    assert not loaded_unasked(path)


@pytest.mark.parametrize(
    ("path", "before", "after", "names"),
    [
        ("package.json", {}, {"scripts": {"postinstall": "node x.js", "build": "tsc"}}, ("postinstall",)),
        (
            "a/package.json",
            {"scripts": {"prepare": "husky"}},
            {"scripts": {"prepare": "husky; x"}},
            ("prepare",),
        ),
        ("package.json", {"scripts": {"prepare": "husky"}}, {"scripts": {"prepare": "husky", "test": "jest"}}, ()),
        ("package.json", {}, {"trustedDependencies": ["a"]}, ("trustedDependencies",)),
        ("package.json", {}, {"pnpm": {"onlyBuiltDependencies": ["a"]}}, ("pnpm.onlyBuiltDependencies",)),
        ("package.json", {}, {"simple-git-hooks": {"pre-commit": "x"}}, ("simple-git-hooks",)),
        ("composer.json", {}, {"scripts": {"post-install-cmd": "x", "test": "phpunit"}}, ("post-install-cmd",)),
        ("composer.json", {}, {"autoload": {"files": ["boot.php"]}}, ("autoload.files",)),
        ("package.json", {}, [1], ()),
    ],
)
def test_what_an_installer_runs_is_told_by_its_name(
    path: str, before: object, after: object, names: tuple[str, ...]
) -> None:
    assert installers_run(path, json.dumps(before), json.dumps(after)) == names


@pytest.mark.parametrize(
    ("path", "after", "names"),
    [
        (
            "pyproject.toml",
            '[build-system]\nbuild-backend = "b"\nbackend-path = ["."]\n',
            ("backend-path", "build-backend"),
        ),
        ("pyproject.toml", '[tool.hatch.build.targets.wheel.hooks.custom]\npath = "b.py"\n', ("hatch.build.hooks",)),
        ("pyproject.toml", '[tool.poetry.build]\nscript = "b.py"\n', ("poetry.build",)),
        ("Cargo.toml", '[package]\nbuild = "x.rs"\n', ("build",)),
        ("pyproject.toml", "[project]\nname = 'a'\n", ()),
        ("pyproject.toml", "= broken", ()),
    ],
)
def test_what_a_build_runs_is_told_by_its_name(path: str, after: str, names: tuple[str, ...]) -> None:
    assert installers_run(path, "", after) == names


def test_a_script_of_an_installer_reaches_the_reviewer() -> None:
    change = FileChange("package.json", FileAction.CREATED, after_mode="100644", after_blob="1")
    told = cautions_about([change], lambda _: b'{"scripts": {"postinstall": "node x.js"}}')
    assert (
        "What an installer, a build or git runs by itself was added or changed: package.json (`postinstall`)." in told
    )


@pytest.mark.parametrize(
    ("paths", "refused"),
    [
        (("t/r/HEAD", "t/r/config", "t/r/objects/.keep", "t/r/refs/.keep"), True),
        (("HEAD", "objects/x", "refs/x"), True),
        (("t/r/head", "t/r/Refs/x"), True),
        (("src/HEAD", "docs/refs/a.md", "config"), False),
        (("src/config", "src/refs/a.ts"), False),
    ],
)
def test_a_repository_within_the_tree_is_not_pushed(paths: tuple[str, ...], refused: bool) -> None:
    changes = [FileChange(path, FileAction.CREATED, after_mode="100644", after_blob="1") for path in paths]
    ruling = judge(Proposed(changes, "", 1), DiffBounds(), RepoConfig())
    assert bool(ruling.refused and "takes for a repository" in ruling.refused.reason) is refused
