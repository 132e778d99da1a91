"""Swift, Terraform, Ansible and Bazel: each by its one tool, linters where the repository runs them."""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.detect.commands import choose
from sandbox.detect.commands.expand import SeenCheck
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence, Found, Note


def swift(project: Project) -> EcosystemPart | None:
    source = project.source
    if not source.has("Package.swift"):
        return _of_xcode(project)
    witness = source.evidence("Package.swift", "Package(")
    tested = source.is_dir("Tests") or "testTarget" in source.text("Package.swift") or _tests(project, "swift")
    test = _of_ci(project, "swift", "swift test", witness) if tested else ()
    setup = (choose.install("swift package resolve", witness),)
    lint = tuple(choose.checks(project, "lint", "swift"))
    return EcosystemPart("swift", setup, test, lint, (), tuple(choose.left_out(project, "swift")))


def _of_xcode(project: Project) -> EcosystemPart | None:
    """An application that only Xcode builds: its linters are run, its tests are named."""
    source = project.source
    folder = next((d for d in source.walk(depth=2, limit=150) if d.endswith((".xcodeproj", ".xcworkspace"))), "")
    lint = tuple(choose.checks(project, "lint", "swift"))
    if not folder and not lint:
        return None
    reason = "it is built and tested by Xcode, which there is only on macOS"
    note = Note(folder, reason, (Evidence(f"{folder}/project.pbxproj", 0, ""),))
    return EcosystemPart("swift", (), (), lint, (), (note,) if folder else ())


def terraform(project: Project) -> EcosystemPart | None:
    source = project.source
    name = next((n for n in source.files() if n.endswith(".tf")), "")
    seen = [s for s in project.of("terraform") if not s.aside and s.origin != "task"]
    if not name and not seen:
        return None
    lint = tuple(choose.checks(project, "lint", "terraform"))
    types = tuple(choose.checks(project, "types", "terraform"))
    tests = [n for d in (".", "tests") for n in source.files(d) if n.endswith((".tftest.hcl", ".tftest.json"))]
    witness = Evidence(name, 1, "") if name else seen[0].evidence
    test = _of_ci(project, "terraform", "terraform test", witness) if tests or _tests(project, "terraform") else ()
    program = "tofu" if any(f.command.startswith("tofu") for f in (*lint, *types)) else "terraform"
    setup = (choose.install(f"{program} init -backend=false", witness),)
    if not (test or lint or types):
        return EcosystemPart("terraform") if name and not source.has("package.json", "go.mod") else None
    return EcosystemPart("terraform", setup, test, lint, types, tuple(choose.left_out(project, "terraform")))


def ansible(project: Project) -> EcosystemPart | None:
    source = project.source
    role = source.has("meta/main.yml", "galaxy.yml", "ansible.cfg", "meta/main.yaml")
    scenarios = [d for d in source.dirs("molecule") if source.has(f"molecule/{d}/molecule.yml")]
    seen = [s for s in project.of("ansible") if not s.aside and s.origin != "task"]
    if not role and not scenarios and not seen:
        return None
    lint = choose.checks(project, "lint", "ansible")
    config = next((n for n in (".ansible-lint", ".ansible-lint.yml") if source.has(n)), "")
    if config and role and not any(f.command.startswith("ansible-lint") for f in lint):
        lint.append(Found("lint", "ansible-lint", (Evidence(config, 1, ""),), env=dict(choose.ENV)))
    witness = Evidence(f"molecule/{scenarios[0]}/molecule.yml", 1, "") if scenarios else None
    called = _tests(project, "ansible")
    test: tuple[Found, ...] = ()
    if called or witness:
        place = witness or called[0].evidence
        note = "needs the container engine or the machines that the scenario's driver names"
        test = tuple(replace(f, note=note) for f in _scenarios(project, called, place))
    packages = " ".join(dict.fromkeys(_package(f.command) for f in (*test, *lint)))
    if not packages:
        return None
    evidence = (test or tuple(lint))[0].evidence[:1]
    pip = '"$HOME/venv/bin/python" -m pip install'
    setup = [
        Found("setup", 'python3 -m venv "$HOME/venv"', confidence="default"),
        Found("setup", f"{pip} {packages}", evidence, network=True),
    ]
    needs = next((n for n in ("requirements.yml", "requirements.yaml", "meta/requirements.yml") if source.has(n)), "")
    if needs and test:
        command = f'"$HOME/venv/bin/ansible-galaxy" install -r {needs}'
        setup.append(Found("setup", command, (Evidence(needs, 1, ""),), network=True))
    notes = choose.left_out(project, "ansible")
    ran = {f.command for f in test}
    more = list({s.call.line: s for s in called if s.origin == "ci" and s.call.line not in ran}.values())
    reason = f"CI runs it as well; more than {_SCENARIOS} scenarios are not run"
    notes += [Note(s.call.line, reason, (s.evidence,)) for s in more]
    return EcosystemPart("ansible", tuple(setup), test, tuple(lint), (), tuple(notes))


_SCENARIOS = 4


def _scenarios(project: Project, called: list[SeenCheck], place: Evidence) -> list[Found]:
    """Each scenario that CI runs by itself, else molecule's default."""
    own: dict[tuple[str, str], SeenCheck] = {}
    for s in called:
        if s.origin == "ci":
            own.setdefault((s.call.line, s.cwd), s)
    chosen = list(own.values())[:_SCENARIOS]
    if len(chosen) < 2:
        return list(_of_ci(project, "ansible", "molecule test", place))
    return [
        Found("test", s.call.line, (s.evidence,), s.cwd, False, dict(choose.ENV), "confirmed", suite=s.call.line)
        for s in chosen
    ]


def _package(command: str) -> str:
    return "ansible molecule 'molecule-plugins[docker]'" if command.startswith("molecule") else command.split()[0]


def bazel(project: Project) -> EcosystemPart | None:
    """Bazel where CI runs it, or where nothing else builds the code."""
    source = project.source
    path = next((n for n in ("MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel") if source.has(n)), "")
    called = any(s.origin == "ci" for s in _tests(project, "bazel"))
    presubmit = source.text(".bazelci/presubmit.yml")
    called = called or "test_targets" in presubmit
    if not path or (not called and _built_otherwise(source)):
        return None
    witness = source.evidence(".bazelci/presubmit.yml", "test_targets")
    test = _of_ci(project, "bazel", "bazel test //...", witness if witness.line else Evidence(path, 1, ""))
    test = tuple(replace(f, confidence="confirmed") for f in test) if presubmit else test
    witness = Evidence(path, 1, "")
    lint = choose.checks(project, "lint", "bazel")
    if re.search(r"^buildifier:", presubmit, re.M) and not lint:
        place = source.evidence(".bazelci/presubmit.yml", "buildifier")
        line = "buildifier -mode=check -r ."
        lint.append(Found("lint", line, (place,), env=dict(choose.ENV), confidence="confirmed"))
    notes: tuple[Note, ...] = tuple(choose.left_out(project, "bazel"))
    setup = (choose.install("bazel fetch //...", witness),)
    return EcosystemPart("bazel", setup, test, tuple(lint), (), notes)


def _built_otherwise(source: Source) -> bool:
    names = ("package.json", "go.mod", "Cargo.toml", "pyproject.toml", "setup.py", "pom.xml", "build.gradle")
    more = ("build.gradle.kts", "CMakeLists.txt", "mix.exs", "Gemfile", "composer.json", "Package.swift", "meson.build")
    return source.has(*names, *more)


def _tests(project: Project, ecosystem: str) -> list[SeenCheck]:
    return [s for s in project.of(ecosystem) if s.call.kind == "test" and not s.aside and not s.call.skip]


def _of_ci(project: Project, ecosystem: str, default: str, witness: Evidence) -> tuple[Found, ...]:
    return (choose.as_ci_calls(project, ecosystem, default, witness),)
