"""Build systems and task runners beyond the usual: each by a small tree of its own."""

# ruff: noqa: E501
from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"


def steps(*runs: str) -> str:
    return "on: push\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


DENO = '{// tasks\n "tasks": {"test": "deno test -A", "ok": "deno fmt --check && deno lint && deno task test"},}'
POM = "<project><build><plugins><plugin><artifactId>{}</artifactId><executions><execution><phase>verify</phase><goals><goal>{}</goal></goals></execution></executions></plugin></plugins></build></project>"


@pytest.mark.parametrize(
    ("files", "runs", "test", "lint", "types"),
    [
        # Deno
        ({"deno.json": "{}", "a_test.ts": ""}, [], ["deno test -A"], [], []),
        ({"deno.jsonc": DENO}, ["deno task ok"], ["deno test -A"], ["deno fmt --check", "deno lint"], []),
        ({"deno.json": DENO}, ["deno test --allow-read", "deno check mod.ts"], ["deno test --allow-read"], [], ["deno check mod.ts"]),
        ({"deno.json": '{"tasks": {"t": {"command": "deno test", "dependencies": ["l"]}, "l": "deno lint"}}'}, ["deno task t"], ["deno test"], ["deno lint"], []),
        ({"deno.json": "{}", "mod.ts": ""}, [], [], [], []),
        ({"deno.json": "{}"}, ["deno test -A", "deno fmt"], ["deno test -A"], ["deno fmt --check"], []),
        # Bazel
        ({"MODULE.bazel": ""}, [], ["bazel test //..."], [], []),
        ({"WORKSPACE": ""}, ["bazel test //src/... --config=ci"], ["bazel test --config=ci //src/..."], [], []),
        ({"MODULE.bazel": ""}, ["bazelisk test //a:all", "buildifier -mode=check -r ."], ["bazel test //a:all"], ["buildifier -mode=check -r ."], []),
        ({"MODULE.bazel": "", ".bazelci/presubmit.yml": "buildifier: latest\nplatforms:\n  a:\n    test_targets: ['//...']\n"}, [], ["bazel test //..."], ["buildifier -mode=check -r ."], []),
        ({"WORKSPACE.bazel": ""}, ["bazel test -- //... -//slow/..."], ["bazel test -- //... -//slow/..."], [], []),
        # Swift
        ({"Package.swift": "Package(name: x)", "Tests/XTests/a.swift": ""}, [], ["swift test"], [], []),
        ({"Package.swift": ".testTarget(name: x)"}, ["swift test --parallel", "swiftlint lint --strict"], ["swift test --parallel"], ["swiftlint lint --strict"], []),
        ({"Package.swift": "x"}, ["swift build"], [], [], []),
        ({"Package.swift": "x", "Tests/a.swift": ""}, ["swiftformat --lint ."], ["swift test"], ["swiftformat --lint ."], []),
        ({"Package.swift": "x", "Tests/a.swift": ""}, ["swift format lint -r Sources"], ["swift test"], ["swift format lint -r Sources"], []),
        # Terraform
        ({"main.tf": "", "tests/a.tftest.hcl": ""}, [], ["terraform test"], [], []),
        ({"main.tf": ""}, ["terraform fmt -check -recursive", "terraform validate"], [], ["terraform fmt -check -recursive"], ["terraform validate"]),
        ({"main.tf": "", ".pre-commit-config.yaml": "repos: [{repo: x, rev: v1, hooks: [{id: terraform_fmt}, {id: terraform_tflint}]}]"}, [], [], ["terraform fmt -check -recursive", "tflint"], []),
        ({"main.tf": ""}, ["tofu fmt -check", "tofu test"], ["tofu test"], ["tofu fmt -check"], []),
        ({"main.tf": ""}, ["terraform -chdir=. validate"], [], [], ["terraform validate"]),
        # Ansible
        ({"meta/main.yml": "", "molecule/default/molecule.yml": ""}, [], ["molecule test"], [], []),
        ({"meta/main.yml": "", "molecule/default/molecule.yml": ""}, ["ansible-lint", "molecule test"], ["molecule test"], ["ansible-lint"], []),
        ({"galaxy.yml": "", ".ansible-lint": ""}, [], [], ["ansible-lint"], []),
        ({"meta/main.yml": "", "molecule/a/molecule.yml": ""}, ["molecule test -s a", "yamllint ."], ["molecule test -s a"], ["yamllint ."], []),
        ({"ansible.cfg": "", "requirements.yml": ""}, ["ansible-lint playbooks"], [], ["ansible-lint playbooks"], []),
        # Maven and Gradle
        ({"pom.xml": POM.format("maven-checkstyle-plugin", "check")}, ["mvn verify"], ["mvn -B test"], ["mvn -B checkstyle:check"], []),
        ({"pom.xml": POM.format("spotless-maven-plugin", "check")}, [], ["mvn -B test"], ["mvn -B spotless:check"], []),
        ({"pom.xml": POM.format("spotless-maven-plugin", "apply")}, [], ["mvn -B test"], [], []),
        ({"pom.xml": POM.format("spotbugs-maven-plugin", "check"), "mvnw": ""}, [], ["./mvnw -B test"], ["./mvnw -B spotbugs:check"], []),
        ({"build.gradle": 'plugins {\n id "com.diffplug.spotless" version "6"\n}\n'}, ["./gradlew build"], ["gradle test"], ["gradle spotlessCheck"], []),
        ({"build.gradle": "apply plugin: 'checkstyle'\n"}, [], ["gradle test"], ["gradle checkstyleMain checkstyleTest"], []),
        ({"build.gradle.kts": "plugins {\n  checkstyle\n}\n"}, [], ["gradle test"], ["gradle checkstyleMain checkstyleTest"], []),
        ({"build.gradle.kts": "plugins {\n  alias(libs.plugins.detekt)\n}\n"}, [], ["gradle test"], ["gradle detekt"], []),
        ({"build.gradle.kts": 'dependencies {\n  compileOnly("dev.detekt:detekt-api:2")\n}\n'}, [], ["gradle test"], [], []),
        ({"build.gradle.kts": 'plugins {\n  id("dev.detekt") version "2"\n}\n'}, [], ["gradle test"], ["gradle detekt"], []),
        ({"build.gradle.kts": "plugins {\n  alias(libs.plugins.spotless) apply false\n}\n"}, [], ["gradle test"], [], []),
        ({"build.gradle.kts": "", "app/build.gradle.kts": "plugins {\n  alias(libs.plugins.spotless)\n}\n"}, [], ["gradle test"], ["gradle spotlessCheck"], []),
        ({"build.gradle.kts": "subprojects {\n  apply(plugin = \"checkstyle\")\n}\n"}, [], ["gradle test"], ["gradle checkstyleMain checkstyleTest"], []),
        ({"pom.xml": f"<pluginManagement>{POM.format('spotless-maven-plugin', 'check')}</pluginManagement>"}, [], ["mvn -B test"], [], []),
        ({"pom.xml": f"<pluginManagement>{POM.format('spotless-maven-plugin', 'check')}</pluginManagement><plugin><artifactId>spotless-maven-plugin</artifactId></plugin>"}, [], ["mvn -B test"], ["mvn -B spotless:check"], []),
        ({"pom.xml": f"<!-- {POM.format('spotless-maven-plugin', 'check')} -->"}, [], ["mvn -B test"], [], []),
        ({"pom.xml": f"<profiles>{POM.format('maven-pmd-plugin', 'check')}</profiles>"}, [], ["mvn -B test"], [], []),
        ({"build.gradle.kts": "plugins {\n  kotlin(\"multiplatform\")\n}\n"}, ["./gradlew build"], ["gradle jvmTest", "gradle allTests"], [], []),
    ],
)  # fmt: skip
def test_each_system_is_known(
    write: Write, files: dict[str, str], runs: list[str], test: list[str], lint: list[str], types: list[str]
) -> None:
    found = detect(write({**files, CI: steps(*runs) if runs else ""}))
    assert [f.command for f in found.test] == test
    assert [f.command for f in found.lint] == lint
    assert [f.command for f in found.types] == types


TASKS = {
    "Taskfile.yml": "tasks:\n  check:\n    deps: [lint]\n    cmds:\n      - task: unit\n  lint: ruff check .\n  unit:\n    cmds: [pytest tests]\n",
    "tasks.py": "from invoke import task\n@task\ndef lint(c):\n    c.run('ruff check .')\n@task(lint)\ndef check(c, v=False):\n    c.run(f'pytest tests {v}', pty=True)\n",
    "mise.toml": "[tasks.check]\ndepends = ['lint']\nrun = ['pytest tests']\n[tasks.lint]\nrun = 'ruff check .'\n",
    "pixi.toml": "[tasks]\nlint = 'ruff check .'\n[feature.t.tasks]\ncheck = {cmd = ['pytest', 'tests'], depends-on = ['lint']}\n",
}


@pytest.mark.parametrize(
    ("files", "run"),
    [
        ({"Taskfile.yml": TASKS["Taskfile.yml"]}, "task check"),
        ({"Taskfile.yml": "includes: {py: ./Py.yml}\n", "Py.yml": TASKS["Taskfile.yml"]}, "task py:check"),
        ({"Taskfile.yaml": TASKS["Taskfile.yml"]}, "go-task check"),
        ({"Taskfile.yml": "includes:\n  p:\n    taskfile: ./p\n    dir: .\n", "p/Taskfile.yml": TASKS["Taskfile.yml"]}, "task p:check"),
        ({"taskfile.yml": "tasks:\n  check:\n    - ruff check .\n    - cmd: pytest tests\n"}, "task check -- -v"),
        ({"tasks.py": TASKS["tasks.py"]}, "invoke check"),
        ({"tasks.py": TASKS["tasks.py"]}, "inv check"),
        ({"tasks/__init__.py": TASKS["tasks.py"]}, "uv run invoke check"),
        ({"tasks.py": TASKS["tasks.py"]}, "poetry run inv lint check"),
        ({"tasks.py": TASKS["tasks.py"].replace("def check", "def run_check")}, "inv run-check"),
        ({"mise.toml": TASKS["mise.toml"]}, "mise run check"),
        ({".mise.toml": TASKS["mise.toml"]}, "mise r check"),
        ({"mise-tasks/check": "#!/bin/sh\nruff check .\npytest tests\n"}, "mise run check"),
        ({".mise/tasks/check": "#!/bin/sh\nmise run lint\npytest tests\n", ".mise/tasks/lint": "ruff check .\n"}, "mise check"),
        ({"mise.toml": ""}, "mise exec -- ruff check . && mise x -- pytest tests"),
        ({"justfile": "mod py\n", "py.just": "check: lint\n  pytest tests\nlint:\n  ruff check .\n"}, "just py check"),
        ({"justfile": "mod py 'sub/py.just'\n", "sub/tests/test_b.py": "", "sub/py.just": "check:\n  ruff check .\n  pytest tests\n"}, "just py::check"),
        ({"justfile": "import 'more.just'\n", "more.just": "check:\n  ruff check .\n  @pytest tests\n"}, "just check"),
        ({"justfile": "check: py::all\nmod py\n", "py/mod.just": "all:\n  just lint\n"}, "ruff check . && pytest tests"),
        ({".justfile": "alias c := check\ncheck args='': lint\n  pytest tests {{args}}\nlint:\n  ruff check .\n"}, "just c"),
    ],
)  # fmt: skip
def test_each_task_runner_is_read(write: Write, files: dict[str, str], run: str) -> None:
    root = write({"requirements-dev.txt": "pytest\n", "tests/test_a.py": "", "sub/x": "", **files, CI: steps(run)})
    found = detect(root)
    assert found.test[0].command == "pytest tests"
    assert found.test[0].confidence == "confirmed"
    assert [f.command for f in found.lint] == ["ruff check ."]


def test_tasks_of_pixi_run_in_its_environment(write: Write) -> None:
    root = write({"pixi.toml": TASKS["pixi.toml"], "tests/test_a.py": "", CI: steps("pixi run check")})
    found = detect(root)
    assert [f.command for f in found.setup] == ["pixi install"]
    assert found.test[0].command == "pixi run check"
    assert found.lint[0].command.startswith("pixi run ")


@pytest.mark.parametrize(
    "text",
    [
        "tasks: [",
        "tasks: {a: {deps: [a], cmds: [{task: a}]}}",
        "includes: {a: ., b: {taskfile: 3}}",
        "tasks:\n  a: 3\n",
    ],
)
def test_a_broken_taskfile_breaks_nothing(write: Write, text: str) -> None:
    detect(
        write({"Taskfile.yml": text, "mise.toml": "[tasks]\na=[", "tasks.py": "@task\ndef", "deno.json": "/*" * 9999})
    )
