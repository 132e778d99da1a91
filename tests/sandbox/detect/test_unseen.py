"""What repositories that nobody had looked at had: Nix, Earthly, matrices of directories, scripts handed on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"
PYTHON = {"pyproject.toml": "[project]\nname = 'x'\n", "tests/test_a.py": "def test_a(): pass\n", "x/__init__.py": ""}
GO = {"go.mod": "module x\n", "a.go": ""}
RUST = {"Cargo.toml": "[package]\nname = 'x'\n", "src/lib.rs": ""}


def steps(*runs: str) -> str:
    return "on: push\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


def below(directory: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{directory}/{name}": text for name, text in files.items()}


def ran(root: Path, kind: str = "test") -> list[tuple[str, str]]:
    return [(f.command, f.cwd) for f in getattr(detect(root), kind)]


FLAKE = {"flake.nix": "{ outputs = _: { checks = {}; }; }\n", "a.nix": ""}


@pytest.mark.parametrize(
    ("files", "runs", "test", "lint", "named"),
    [
        (FLAKE, ["nix flake check -L --show-trace"], ["nix flake check"], [], []),
        (FLAKE, [], ["nix flake check"], [], []),
        ({"flake.nix": "{ devShells = {}; }"}, [], [], [], []),
        (FLAKE, ["nix build .#checks.x86_64-linux.unit"], ["nix build '.#checks.x86_64-linux.unit'"], [], []),
        (FLAKE, ["nix build .#package"], ["nix flake check"], [], []),
        (FLAKE, ["nix-build -A tests"], ["nix-build -A tests"], [], []),
        (FLAKE, ["nix-shell --pure tests -A run.all"], ["nix-shell --pure tests -A run.all"], [], []),
        (FLAKE, ["nix fmt -- --check ."], ["nix flake check"], ["nix fmt -- --check ."], []),
        (FLAKE, ["nix fmt -- --ci"], ["nix flake check"], [], ["nix fmt -- --ci"]),
        (FLAKE, ["nix fmt"], ["nix flake check"], [], []),
        (FLAKE, ["treefmt --fail-on-change"], ["nix flake check"], [], ["treefmt --fail-on-change"]),
        ({**FLAKE, "justfile": "test *p:\n  nix run .#tests -- {{p}}\n"}, [], ["nix run '.#tests'"], [], []),
        ({**GO, **FLAKE}, ["go test ./..."], ["go test ./..."], [], []),
        ({**GO, **FLAKE}, ["go test ./...", "nix flake check"], ["nix flake check", "go test ./..."], [], []),
    ],
)
def test_nix_tests_what_a_flake_checks(
    write: Write, files: dict[str, str], runs: list[str], test: list[str], lint: list[str], named: list[str]
) -> None:
    found = detect(write({**files, CI: steps(*runs) if runs else ""}))
    assert sorted(f.command for f in found.test) == sorted(test)
    assert [f.command for f in found.lint] == lint
    assert [n.subject for n in found.not_run if "nix" in n.subject or "treefmt" in n.subject] == named


EARTH = (
    "VERSION 0.8\nARG --global paths=./...\ndeps:\n  FROM golang\n  COPY go.mod .\n  RUN go mod download\n"
    "unit:\n  FROM +deps\n  RUN --mount=type=cache,target=/x go test $paths\nlint:\n  FROM +deps\n"
    "  RUN golangci-lint run \\\n    --timeout 5m\nall:\n  BUILD +unit\n  BUILD --pass-args +lint\n"
)


@pytest.mark.parametrize(
    ("files", "runs", "lint"),
    [
        ({"Earthfile": EARTH}, ["earthly --ci +all"], ["golangci-lint run --timeout 5m"]),
        ({"Earthfile": EARTH}, ["earthly +unit"], []),
        ({"Earthfile": EARTH}, ["earthly -P +unit +lint"], ["golangci-lint run --timeout 5m"]),
        (
            {"Earthfile": EARTH, "Makefile": "test:\n\tearthly +all\n"},
            ["make test"],
            ["golangci-lint run --timeout 5m"],
        ),
        ({"Earthfile": "VERSION 0.8\nci:\n  BUILD ./ci+unit\n", "ci/Earthfile": EARTH}, ["earthly +ci"], []),
    ],
)
def test_targets_of_an_earthfile_are_followed(
    write: Write, files: dict[str, str], runs: list[str], lint: list[str]
) -> None:
    found = detect(write({**GO, **files, CI: steps(*runs)}))
    assert (found.test[0].command, found.test[0].confidence) == ("go test ./...", "confirmed")
    confirmed = [f.command for f in found.lint if f.confidence == "confirmed"]
    assert confirmed == lint


@pytest.mark.parametrize(
    "text",
    ["all:\n  BUILD +all\n", "all:\n  BUILD ../..+x\n  RUN\n", "+x:\n\tRUN $(\n", "all:\n  RUN " + "\\\n" * 9000],
)
def test_a_broken_earthfile_breaks_nothing(write: Write, text: str) -> None:
    detect(write({**GO, "Earthfile": text, CI: steps("earthly +all")}))


def matrix(axis: str, step: str) -> str:
    return f"on: push\njobs:\n  c:\n    strategy: {{matrix: {{p: {axis}}}}}\n    steps:\n      {step}\n"


@pytest.mark.parametrize(
    ("axis", "step"),
    [
        ("'${{ fromJSON(needs.x.outputs.y) }}'", "- {run: go test ./..., working-directory: 'libs/${{ matrix.p }}'}"),
        ("'${{ fromJSON(needs.x.outputs.y) }}'", "- run: cd libs/${{ matrix.p }} && go test ./..."),
        ("'${{ fromJSON(needs.x.outputs.y) }}'", "- run: go -C libs/${{ matrix.p }} test ./..."),
        (
            """'${{ fromJSON(''["libs/a", "libs/b"]'') }}'""",
            "- {run: go test ./..., working-directory: '${{ matrix.p }}'}",
        ),
        (
            "'${{ fromJSON(needs.x.outputs.y) }}'",
            "- {uses: ./.github/actions/t, with: {working_directory: 'libs/${{ matrix.p }}'}}",
        ),
    ],
)
def test_directories_that_only_a_run_of_ci_names_are_those_that_are_there(write: Write, axis: str, step: str) -> None:
    action = (
        "inputs: {working_directory: {default: .}}\nruns:\n  using: composite\n  steps:\n"
        "    - run: go test ./...\n      working-directory: ${{ inputs.working_directory }}\n"
    )
    files = {**below("libs/a", GO), **below("libs/b", GO), "libs/docs/a.md": "", ".github/actions/t/action.yml": action}
    found = detect(write({**files, CI: matrix(axis, step)}))
    assert [(f.command, f.cwd, f.confidence) for f in found.test] == [
        ("go test ./...", "libs/a", "confirmed"),
        ("go test ./...", "libs/b", "confirmed"),
    ]


def test_tests_that_dart_s_coverage_runs_are_tests(write: Write) -> None:
    files = {"pubspec.yaml": "name: a\n", "test/a_test.dart": ""}
    found = detect(write({**files, CI: steps("dart pub global run coverage:test_with_coverage")})).test[0]
    assert (found.command, found.confidence) == ("dart test", "confirmed")


def test_one_job_for_packages_of_two_kinds_runs_each_as_its_manifest_asks(write: Write) -> None:
    pure = {"pubspec.yaml": "name: a\n", "test/a_test.dart": ""}
    app = {"pubspec.yaml": "name: b\ndependencies:\n  flutter:\n    sdk: flutter\n", "test/b_test.dart": ""}
    runs = "- run: cd packages/${{ matrix.p }} && (dart test; flutter test --no-pub)"
    job = matrix("'${{ fromJSON(needs.x.outputs.y) }}'", runs)
    bare = {"pubspec.yaml": "name: c\n", "lib/c.dart": ""}
    root = write({**below("packages/a", pure), **below("packages/b", app), **below("packages/c", bare), CI: job})
    assert ran(root) == [("dart test", "packages/a"), ("flutter test --no-pub", "packages/b")]


@pytest.mark.parametrize(
    "job",
    [
        "uses: o/r/.github/workflows/cmd.yml@v1\n    with: {cmd: pytest tests}",
        'steps:\n      - {uses: some/retry@v1, with: {command: "pytest tests"}}',
        'steps:\n      - {uses: some/runner@v1, with: {run: "cd . && pytest tests"}}',
        'steps:\n      - {uses: some/container@v1, with: {script: "pip install .\\npytest tests"}}',
        "steps:\n      - run: docker run --rm -v $PWD:/w -w /w python:3 sh -c 'pip install . && pytest tests'",
        "steps:\n      - run: docker run --network host -e A=b img pytest tests",
        "steps:\n      - run: podman run --rm img pytest tests",
    ],
)
def test_a_script_that_a_workflow_an_action_or_a_container_is_handed_is_run(write: Write, job: str) -> None:
    found = detect(write({**PYTHON, CI: f"on: push\njobs:\n  c:\n    {job}\n"})).test[0]
    assert (found.command, found.confidence) == ("pytest tests", "confirmed")


@pytest.mark.parametrize(
    "step",
    [
        "- {uses: appleboy/ssh-action@v1, with: {script: 'cd app && ruff check .'}}",
        "- {uses: actions/github-script@v7, with: {script: 'ruff check .'}}",
        "- {uses: vmactions/freebsd-vm@v1, with: {run: 'ruff check .'}}",
        "- run: docker run --network net --link db img ruff check .",
        "- run: |\n          echo 'x' > .ruff.toml\n          ruff check .",
        "- run: ruff check . $(git diff --name-only) || true",
    ],
)
def test_what_runs_elsewhere_or_tries_the_tool_itself_is_no_check(write: Write, step: str) -> None:
    root = write({**PYTHON, CI: f"on: push\njobs:\n  c:\n    steps:\n      - run: pytest\n      {step}\n"})
    assert detect(root).lint == ()


@pytest.mark.parametrize(
    ("run", "command"),
    [
        ("pixi run -e py311 -- python -m pytest -n 4 --timeout 9", "pixi run -e py311 pytest"),
        ("pixi run --environment py311 pytest tests", "pixi run -e py311 pytest tests"),
        ("pixi run pytest tests", "pixi run pytest tests"),
        ("pixi run -e py311 unit", "pixi run -e py311 unit"),
        ("pixi run -e ${{ matrix.x || 'py312' }} unit", "pixi run -e py312 unit"),
    ],
)
def test_pixi_runs_a_program_or_a_task_in_the_environment_that_ci_names(write: Write, run: str, command: str) -> None:
    toml = "[tasks]\nunit = 'pytest tests'\n[environments]\npy311 = []\n"
    assert ran(write({"pixi.toml": toml, "tests/test_a.py": "", CI: steps(run)}))[0] == (command, ".")


@pytest.mark.parametrize(
    ("run", "lint"),
    [
        ("pnpm turbo run lint --affected", "pnpm exec turbo run lint"),
        ("pnpm turbo run lint --filter='...[origin/main]'", "pnpm exec turbo run lint"),
        ("npx nx affected -t lint", "pnpm exec nx run-many -t lint"),
        ("npx nx affected --target=lint --base=origin/main", "pnpm exec nx run-many --target=lint"),
        ("npx nx affected:lint --base main --head HEAD", "pnpm exec nx run-many --target=lint"),
        ("npx lerna run lint --since origin/main", "pnpm exec lerna run lint"),
    ],
)
def test_a_fan_out_over_what_a_change_touches_is_one_over_all(write: Write, run: str, lint: str) -> None:
    one = {"package.json": json.dumps({"name": "a", "scripts": {"lint": "eslint ."}}), "a.js": ""}
    files = {
        "package.json": '{"private": true}',
        "pnpm-workspace.yaml": "packages: ['libs/*']\n",
        **below("libs/a", one),
    }
    assert ran(write({**files, CI: steps(run)}), "lint") == [(lint, ".")]


@pytest.mark.parametrize("script", ["docs:code", "generate", "api:build", "version"])
def test_a_formatter_behind_a_generator_is_no_check(write: Write, script: str) -> None:
    scripts = {script: "typedoc && prettier --write docs/api", "test": "vitest run"}
    files = {"package.json": json.dumps({"scripts": scripts}), "a.ts": ""}
    assert ran(write({**files, CI: steps("npm test", f"npm run {script}")}), "lint") == []


@pytest.mark.parametrize(
    ("runs", "lint"),
    [
        (["./gradlew lint", "./gradlew detekt"], ["./gradlew lint", "./gradlew detekt"]),
        (["./gradlew detekt", "./gradlew detekt spotlessCheck"], ["./gradlew detekt spotlessCheck"]),
        (["./gradlew modernizer"], ["./gradlew modernizer"]),
        (["./gradlew spotlessJavaCheck"], ["./gradlew spotlessJavaCheck"]),
        (["./gradlew lintVitalRelease"], ["./gradlew lintVitalRelease"]),
    ],
)
def test_linters_of_several_jobs_of_one_build_are_all_seen(write: Write, runs: list[str], lint: list[str]) -> None:
    jobs = "".join(f"  j{n}:\n    steps:\n      - run: {run}\n" for n, run in enumerate(runs))
    files = {"build.gradle": "", "gradlew": "#!/bin/sh\n", "src/A.java": ""}
    assert [c for c, _ in ran(write({**files, CI: f"on: push\njobs:\n{jobs}"}), "lint")] == lint


@pytest.mark.parametrize("directory", ["deps/lib", "third-party/lib", "external/lib", "subprojects/lib", "Pods/lib"])
def test_other_people_s_code_is_no_project_of_this_one(write: Write, directory: str) -> None:
    files = {
        **below(directory, {"configure.ac": "", "Makefile.am": "", "a.c": ""}),
        "src/a.c": "",
        "Makefile": "all:\n",
    }
    assert ran(write(files)) == []


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("runtest", "TCLSH=$(which tclsh8.6)\n$TCLSH tests/helper.tcl $@\n"),
        ("run-tests.sh", "exec expect tests/all.exp\n"),
        ("test/run_tests.sh", "cc -o x a.c\n./tests/driver\n"),
    ],
)
def test_a_script_of_the_repository_that_starts_its_own_test_program_is_the_test(
    write: Write, name: str, body: str
) -> None:
    files = {"Makefile": "all:\n\tcc src/a.c\n", "src/a.c": "", name: f"#!/bin/sh\n{body}"}
    found = detect(write({**files, CI: steps("make", f"./{name} --verbose")}))
    assert [(f.command, f.confidence) for f in found.test] == [(f"./{name} --verbose", "confirmed")]
    assert [f.command for f in found.setup] == ["make -j2"]


@pytest.mark.parametrize(
    "line",
    [
        "nvim --headless -u tests/init.lua -c 'PlenaryBustedDirectory tests/'",
        "nvim --headless --noplugin -u scripts/init.lua -c 'lua MiniTest.run()'",
        "nvim -l tests/minit.lua --minitest",
        "vusted lua",
    ],
)
def test_a_plug_in_of_neovim_is_tested_in_it(write: Write, line: str) -> None:
    root = write({"lua/a.lua": "", "stylua.toml": "", "Makefile": f"test:\n\t{line}\n", CI: steps("make test")})
    assert ran(root) == [(line, ".")]


def test_each_scenario_of_molecule_that_ci_runs_is_a_suite(write: Write) -> None:
    scenarios = ["a", "b", "c", "d", "e"]
    files = {"galaxy.yml": "", **{f"molecule/{s}/molecule.yml": "" for s in scenarios}}
    found = detect(write({**files, CI: steps(*(f"molecule test -s {s}" for s in scenarios))}))
    assert [f.command for f in found.test] == [f"molecule test -s {s}" for s in scenarios[:4]]
    assert len({f.suite for f in found.test}) == 4
    assert "molecule test -s e" in [n.subject for n in found.not_run]


def test_a_target_of_tests_behind_a_feature_is_a_suite_of_its_own(write: Write) -> None:
    alias = "[alias]\nit = 'test --features it --test it'\n"
    found = detect(write({**RUST, ".cargo/config.toml": alias, CI: steps("cargo test", "cargo it")}))
    assert [f.command for f in found.test] == ["cargo test", "cargo test --features it --test it"]
    assert found.test[0].suite != found.test[1].suite


def test_a_module_of_terraform_without_checks_is_named(write: Write) -> None:
    found = detect(write({"main.tf": "", "variables.tf": ""}))
    assert found.ecosystems == ("terraform",)
    assert [n.subject for n in found.not_run] == ["tests"]


def test_a_script_that_measures_is_no_check(write: Write) -> None:
    files = {**PYTHON, "ci/performance.sh": "ruff check x\n", "ci/bench": "#!/bin/sh\nflake8 x\n"}
    assert ran(write({**files, CI: steps("pytest", "ci/performance.sh", "ci/bench")}), "lint") == []


def test_directories_beyond_the_most_that_are_run_are_named_as_such(write: Write) -> None:
    names = [f"{d}{n:02}" for d in ("examples/e", "libs/l") for n in range(9)]
    files = {f"{d}/{name}": text for d in names for name, text in GO.items()}
    found = detect(write({**files, CI: steps(*(f"cd {d} && go test ./..." for d in names))}))
    assert [f.cwd for f in found.test if f.cwd.startswith("libs")] == [f"libs/l{n:02}" for n in range(9)]
    assert len(found.test) == 14
    cut = [n for n in found.not_run if "more than 14 directories" in n.reason]
    assert [n.subject for n in cut] == ["examples/e05, examples/e06, examples/e07, examples/e08"]


@pytest.mark.parametrize(
    ("scripts", "run", "lint"),
    [
        ({"format": "prettier src", "format-fix": "npm run format -- --write --list-different"}, "format-fix", 1),
        ({"format": "prettier --write --check src"}, "format", 1),
        ({"format": "prettier --list-different src"}, "format", 1),
        ({"format": "prettier src"}, "format", 0),
        ({"all": "prettier -w src -l"}, "all", 1),
    ],
)
def test_a_formatter_that_writes_and_lists_is_never_run_as_it_is(
    write: Write, scripts: dict[str, str], run: str, lint: int
) -> None:
    files = {"package.json": json.dumps({"scripts": scripts}), "src/a.js": ""}
    found = ran(write({**files, CI: steps(f"npm run {run}")}), "lint")
    assert len(found) == lint
    if any("-w" in body for body in scripts.values()):
        assert found == [("npx prettier --check src", ".")]


def test_parts_of_a_workspace_that_ci_checks_in_several_jobs_are_all_checked(write: Write) -> None:
    scripts = {"types-packages": "pnpm --filter './libs/*' typecheck", "types-www": "turbo --filter www typecheck"}
    one = json.dumps({"name": "a", "scripts": {"typecheck": "tsc --noEmit"}})
    www = json.dumps({"name": "www", "scripts": {"typecheck": "tsc --noEmit"}})
    files = {"package.json": json.dumps({"scripts": scripts}), "pnpm-workspace.yaml": "packages: ['libs/*', 'www']\n"}
    files |= {"libs/a/package.json": one, "libs/a/a.ts": "", "www/package.json": www, "www/a.ts": ""}
    jobs = "".join(f"  j{n}:\n    steps:\n      - run: pnpm {s}\n" for n, s in enumerate(scripts))
    found = ran(write({**files, CI: f"on: push\njobs:\n{jobs}"}), "types")
    assert found == [("pnpm run types-packages", "."), ("pnpm run types-www", ".")]


@pytest.mark.parametrize(
    ("run", "test"),
    [
        ("go test -run=TestA ./... -tags=skip_slow", "go test ./..."),
        ("go test -skip TestA -tags skip_slow ./...", "go test ./..."),
        ("go test -tags integration ./...", "go test -tags integration ./..."),
    ],
)
def test_build_tags_of_a_part_of_the_tests_are_not_those_of_all(write: Write, run: str, test: str) -> None:
    assert ran(write({**GO, CI: steps(run)})) == [(test, ".")]


@pytest.mark.parametrize(
    ("runs", "test", "lint"),
    [
        (["cargo xtask test"], ["cargo test"], []),
        (["cargo xtask format --check", "cargo xtask theme-check"], ["cargo test"], ["format --check", "theme-check"]),
        (["cargo xtask fmt", "cargo xtask format --fix --check", "cargo xtask build"], ["cargo test"], []),
    ],
)
def test_a_project_s_own_program_of_tasks_is_known_by_their_names(
    write: Write, runs: list[str], test: list[str], lint: list[str]
) -> None:
    alias = {".cargo/config.toml": "[alias]\nxtask = 'run --package xtask --'\n"}
    found = detect(write({**RUST, **alias, CI: steps(*runs)}))
    assert [f.command for f in found.test] == test
    assert [f.command for f in found.lint] == [f"cargo xtask {name}" for name in lint]


@pytest.mark.parametrize("place", ["${{ github.workspace }}", "$GITHUB_WORKSPACE", "${GITHUB_WORKSPACE}"])
def test_a_script_of_the_root_is_found_from_where_ci_works(write: Write, place: str) -> None:
    files = {**below("libs/a", GO), "scripts/cover.sh": "go test -cover ./...\n"}
    found = detect(write({**files, CI: steps(f"cd libs/a\n{place}/scripts/cover.sh")}))
    assert [(f.cwd, f.confidence) for f in found.test] == [("libs/a", "confirmed")]


def test_a_second_language_with_nothing_to_run_is_named(write: Write) -> None:
    web = {"package.json": json.dumps({"scripts": {"build": "vite build"}}), "a.ts": ""}
    found = detect(write({**PYTHON, **below("web", web), CI: steps("pytest", "cd web && npm run build")}))
    assert [n.reason for n in found.not_run if n.subject == "web"] == ["javascript that nothing tests or checks"]


def test_tests_beside_the_main_code_that_ci_only_lints_are_named(write: Write) -> None:
    many = {f"a{n}.go": "" for n in range(30)}
    tool = {"tool/Cargo.toml": "[package]\nname = 't'\n", "tool/src/main.rs": ""}
    runs = ["go test ./...", "cd tool && cargo clippy"]
    found = detect(write({**GO, **many, **tool, CI: steps(*runs)}))
    assert [(f.command, f.cwd) for f in found.lint] == [("cargo clippy", "tool")]
    assert "cargo test" in [n.subject for n in found.not_run]


def test_a_variable_of_some_legs_of_a_matrix_is_not_given_to_all(write: Write) -> None:
    setting = "- {if: \"%s\", run: 'echo PYTHON_GIL=0 >> $GITHUB_ENV'}"
    for condition, env in (("endsWith(matrix.p, 't')", {}), ("matrix.p == '3'", {"PYTHON_GIL": "0"})):
        job = matrix("['3', '3t']", f"{setting % condition}\n      - run: pytest tests")
        found = detect(write({**PYTHON, CI: job})).test[0]
        assert {k: v for k, v in found.env.items() if k != "CI"} == env


def test_a_job_that_only_puts_in_order_is_no_check(write: Write) -> None:
    files = {
        "package.json": json.dumps(
            {"scripts": {"format": "prettier --write .", "precommit": "npm run format", "test": "vitest run"}}
        ),
        "a.js": "",
    }
    fixing = "on: workflow_dispatch\njobs:\n  fix:\n    steps:\n      - run: npm run format\n"
    assert ran(write({**files, CI: steps("npm test"), ".github/workflows/autofix.yml": fixing}), "lint") == []


def test_packages_below_a_package_are_those_of_the_workspace(write: Write) -> None:
    def package(**scripts: str) -> str:
        return json.dumps({"name": "x", "scripts": scripts})

    files = {
        "package.json": package(test="pnpm -r --filter './packages/*' test"),
        "pnpm-workspace.yaml": "packages: ['packages/*', 'packages/*/test/*']\n",
        "packages/a/package.json": package(test="pnpm -r --filter './test/**' test"),
        "packages/a/test/app/package.json": package(test="playwright test"),
        "packages/b/package.json": package(test="vitest run"),
    }
    found = ran(write({**files, CI: steps("pnpm test")}))
    assert ("pnpm exec vitest run", "packages/b") in found
    assert "packages/a" not in [cwd for _, cwd in found]


def test_a_filter_that_leaves_out_is_heeded(write: Write) -> None:
    files = {"package.json": "{}", "pnpm-workspace.yaml": "packages: ['libs/*']\n"}
    files |= {
        f"libs/{d}/package.json": json.dumps({"name": d, "scripts": {"unit": c}})
        for d, c in {"a": "vitest run", "b": "jest"}.items()
    }
    assert [c for c, _ in ran(write({**files, CI: steps("pnpm -r --filter '!./libs/a' unit")}))] == [
        "pnpm -r --filter !./libs/a unit"
    ]


@pytest.mark.parametrize(
    ("uses", "named"),
    [
        ("o/meta/.github/workflows/lint.yml@main", True),
        ("o/.github/.github/workflows/go-ci.yaml@v1", True),
        ("o/.github/.github/workflows/release.yml@v1", False),
        ("o/.github/.github/workflows/stale.yml@v1", False),
        ("./.github/workflows/lint.yml", False),
    ],
)
def test_a_workflow_of_another_repository_is_named(write: Write, uses: str, named: bool) -> None:
    root = write({**GO, CI: f"on: push\njobs:\n  c:\n    uses: {uses}\n"})
    reasons = [n.reason for n in detect(root).not_run]
    assert ("a workflow of another repository, which is not read" in reasons) is named


SCALA = {"build.sbt": "", "modules/core/src/test/scala/A.scala": "", "modules/core/src/main/scala/A.scala": ""}


@pytest.mark.parametrize(
    ("build", "runs", "test", "lint"),
    [
        ("", [], ["sbt test"], []),
        ('addCommandAlias("validate", ";clean ;test ;doc")', ["sbt validate"], ["sbt test"], []),
        ('addCommandAlias("ci", """;headerCheck\n;test""")', ["sbt '++ 3' ci"], ["sbt test"], ["sbt headerCheck"]),
        (
            'addCommandsAlias(\n  "validate",\n  Seq(\n    "scalafmtCheckAll",\n    "core/test"\n  )\n)\n',
            ["sbt '++ ${{ matrix.scala }}' validate"],
            ["sbt core/test"],
            ["sbt scalafmtCheckAll"],
        ),
        (
            'addCommandAlias("lint", "scalafmtCheckAll; scalafmtSbtCheck")',
            ["sbt lint"],
            ["sbt test"],
            ["sbt scalafmtCheckAll", "sbt scalafmtSbtCheck"],
        ),
        ('addCommandAlias("test", ";clean ;test")', ["sbt test"], ["sbt test"], []),
        ('addCommandAlias("a", "b")\naddCommandAlias("b", "a")', ["sbt a"], ["sbt test"], []),
        ('addCommandAlias("fmt", ";scalafmtAll")', ["sbt fmt"], ["sbt test"], []),
        ('addCommandAlias("x", ' + '("a" + ' * 3000, ["sbt x"], ["sbt test"], []),
        (
            "",
            ["sbt githubWorkflowCheck", "sbt unusedCompileDependenciesTest"],
            ["sbt test"],
            ["sbt githubWorkflowCheck", "sbt unusedCompileDependenciesTest"],
        ),
    ],
)
def test_an_alias_of_sbt_s_is_what_it_stands_for(
    write: Write, build: str, runs: list[str], test: list[str], lint: list[str]
) -> None:
    root = write({**SCALA, "build.sbt": build, CI: steps(*runs) if runs else ""})
    assert ran(root) == [(command, ".") for command in test]
    assert sorted(ran(root, "lint")) == [(command, ".") for command in lint]


GRADLE = {"build.gradle.kts": "plugins {}\n", "gradlew": "", "src/test/java/A.java": "", "src/main/java/A.java": ""}


@pytest.mark.parametrize(
    ("call", "kind", "line"),
    [
        ("./gradlew test${flavor}DebugUnitTest", "test", "./gradlew test"),
        ("./gradlew :app:test${FLAVOR^}ReleaseUnitTest", "test", "./gradlew test"),
        ("timeout 5m ./gradlew test${flavor}DebugUnitTest || { ./gradlew --stop; }", "test", "./gradlew test"),
        ("./gradlew lint${flavor}Release", "lint", "./gradlew lint"),
        ("./gradlew :wear:lint$FLAVOR", "lint", "./gradlew :wear:lint"),
        ("./gradlew lintRelease", "lint", "./gradlew lintRelease"),
    ],
)
def test_a_task_of_a_variant_that_only_ci_knows_is_that_of_all(write: Write, call: str, kind: str, line: str) -> None:
    root = write({**GRADLE, CI: steps('echo "flavor=${raw^}" >> $GITHUB_ENV', call)})
    assert (line, ".") in ran(root, kind)
    assert not any("$" in command for command, _ in ran(root, kind))


CMAKE = {"CMakeLists.txt": "project(x)\nadd_subdirectory (test EXCLUDE_FROM_ALL)\nenable_testing()\n", "a.cpp": ""}


@pytest.mark.parametrize(
    ("build", "targets"),
    [
        ("cmake --build build --target test_runner --target app", " --target all test_runner app"),
        ("cmake --build build -t unit -j4", " --target all unit"),
        ("cmake --build build --target install", ""),
        ("cmake --build build", ""),
        ("cmake --build build --target $TARGET", ""),
    ],
)
def test_tests_that_are_not_built_by_themselves_are_built_as_ci_does(write: Write, build: str, targets: str) -> None:
    runs = steps("cmake -S . -B build", build, "ctest --test-dir build")
    line = f"cmake --build build -j2{targets}"
    assert ran(write({**CMAKE, CI: runs})) == [(f"{line} && ctest --test-dir build --output-on-failure", ".")]
    whole = {"CMakeLists.txt": "project(x)\nenable_testing()\n", "a.cpp": "", CI: runs}
    assert ran(write(whole)) == [("cmake --build build -j2 && ctest --test-dir build --output-on-failure", ".")]


DOTNET = {
    "A.slnx": "",
    "src/A/A.csproj": "",
    "src/A.Tests/A.Tests.csproj": "",
    "src/A.Integration/A.Integration.csproj": "",
}


@pytest.mark.parametrize(
    ("guide", "runs", "line"),
    [
        (
            "dotnet test src/A.Tests/A.Tests.csproj",
            ["dotnet tool run build Test"],
            "dotnet test src/A.Tests/A.Tests.csproj",
        ),
        ("dotnet test ./src/A.Tests/A.Tests.csproj --filter X", [], "dotnet test src/A.Tests/A.Tests.csproj"),
        ("dotnet test src/Gone/Gone.csproj", [], "dotnet test"),
        ("dotnet test src/A.Tests/A.Tests.csproj", ["dotnet test"], "dotnet test"),
        ("dotnet test", [], "dotnet test"),
    ],
)
def test_where_ci_tests_by_its_own_program_the_guide_says_which_project_is_tested(
    write: Write, guide: str, runs: list[str], line: str
) -> None:
    assert ran(write({**DOTNET, "CONTRIBUTING.md": f"```\n{guide}\n```\n", CI: steps(*runs)})) == [(line, ".")]


def test_what_ci_writes_down_by_a_command_is_no_variable_of_ours(write: Write) -> None:
    runs = steps('echo "NODE_VER=`cat .nvmrc`" >> $GITHUB_ENV', 'echo "TEST_A=1" >> $GITHUB_ENV', "pytest")
    (found,) = detect(write({**PYTHON, CI: runs})).test
    assert "NODE_VER" not in found.env
