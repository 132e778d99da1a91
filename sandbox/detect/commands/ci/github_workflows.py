"""What the repository's own CI runs: GitHub workflows first, other systems lightly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from posixpath import relpath
from typing import Any

from sandbox.detect.commands.ci import actions, matrices, other_systems
from sandbox.detect.commands.ci.called import defaults, inputs_of, own
from sandbox.detect.commands.ci.expressions import combinations, excluded, set_aside, substituted, sure
from sandbox.detect.commands.ci.order import BYTES, OTHER_PURPOSE, WORKFLOWS, apart, ordered
from sandbox.detect.commands.scripts.shell import exportable, join, within
from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence
from sandbox.detect.read.yamltree import Text

FILES = 25
_SCRIPTS = 600
_LEGS = 360
_FEW = 12
_CHECKS_TOO = re.compile(
    r"dotnet format|clang-format|golangci-lint|prettier --check"
    r"|\b(run|pnpm|yarn|make) (lint|type-?check|format[:-]check)\b"
)
"""What a workflow with another purpose runs to check the code as well."""
_PLACE = re.compile(r"\$\{\{\s*github\.workspace\s*\}\}")
_TO_ENV = re.compile(r"""echo\s+["']?(\w+)=([^"'\n>]*)["']?\s*>>\s*["']?\$\{?GITHUB_ENV""")


@dataclass(frozen=True, slots=True)
class Script:
    """One `run` of a CI job. `aside` marks jobs that are not there to check a change (release, docs, nightly);
    `tolerated` those whose failure CI takes no notice of."""

    text: str
    evidence: Evidence
    job: str
    cwd: str = "."
    env: Mapping[str, str] = field(default_factory=dict)
    aside: bool = False
    tolerated: bool = False
    served: bool = False
    """Whether the job starts services beside it."""


def scripts(source: Source) -> list[Script]:
    """All scripts that CI runs, the actions that stand for a command among them."""
    found: list[Script] = []
    read: list[tuple[str, dict[str, Any]]] = []
    for name in ordered(source)[:FILES]:
        path = f"{WORKFLOWS}/{name}"
        besides = any(not OTHER_PURPOSE.search(known) for known, _ in read)
        if apart(source, name) and besides and not _CHECKS_TOO.search(source.text(path)):
            continue  # parsing takes most of the time, and a release says little about checks
        if re.search(r"\brun:|\buses:", source.text(path)):
            read.append((path, loaded(source, path)))
    called = _called(source, read)
    for path, data in read:
        for inputs in called.get(path) or [{}]:
            found += _workflow(source, path, data, inputs)
    found += [
        Script(substituted(str(o.text), {}), Evidence(o.path, o.text.line, ""), o.path, o.cwd, tolerated=o.tolerated)
        for o in other_systems.scripts(source)
    ]
    return list({(s.text, s.evidence, s.cwd, s.job): s for s in reversed(found)}.values())[::-1][:_SCRIPTS]


def loaded(source: Source, path: str) -> dict[str, Any]:
    """A workflow or an action, read once, as long as all of them are not too much: parsing takes most of the time."""
    left = source.once("bytes of workflows", lambda: [BYTES])

    def load() -> dict[str, Any]:
        left[0] -= len(source.text(path))
        return yamltree.load(source.text(path)) if left[0] >= 0 else {}

    return source.once(f"yaml {path}", load)


def _called(source: Source, workflows: list[tuple[str, dict[str, Any]]]) -> dict[str, list[dict[str, str]]]:
    """The inputs with which workflows of the repository are called by others of it, by the called file."""
    found: dict[str, list[dict[str, str]]] = {}
    for path, data in workflows:
        for job in jobs(data).values():
            uses = job.get("uses")
            if isinstance(uses, str) and (inner := own(source, uses, path)):
                for leg in combinations(job):
                    inputs = {k: substituted(v, leg) for k, v in texts(job.get("with")).items()}
                    known = found.setdefault(inner, [])
                    if inputs not in known and len(known) < 12:
                        known.append(inputs)
    return found


def jobs(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    jobs = data.get("jobs")
    items = islice(jobs.items(), 60) if isinstance(jobs, dict) else ()
    return {name: job for name, job in items if isinstance(job, dict)}


def _workflow(source: Source, path: str, data: dict[str, Any], inputs: dict[str, str]) -> Iterator[Script]:
    triggers = data.get("on")
    asked = inputs_of(triggers)
    given = {f"inputs.{k}": v for k, v in {**asked, **inputs}.items()}
    env = texts(data.get("env"))
    cwd = _default_cwd(data, given)
    by_name = apart(source, path.rsplit("/", 1)[-1]) or _untriggered(triggers)
    for name, job in jobs(data).items():
        if excluded(job.get("if"), given):
            continue
        aside = by_name or bool(OTHER_PURPOSE.search(str(name).lower())) or set_aside(job.get("if"))
        found: list[Script] = []
        called = job.get("uses")
        if isinstance(called, Text) and not own(source, called, path):
            yield from _handed(called, job, given, path, str(name), aside)
        for leg in _legs(source, job):
            values = {**given, **leg}
            env_of_job = {k: substituted(v, values) for k, v in {**env, **texts(job.get("env"))}.items()}
            values |= {f"env.{k}": v for k, v in env_of_job.items()}
            reader = _Steps(source, path, f"{path}:{name}", aside, _true(job.get("continue-on-error")))
            found += reader.read(job.get("steps"), values, _default_cwd(job, values) or cwd or ".")
        if job.get("services"):
            found = [replace(script, served=True) for script in found]
        yield from sorted(found, key=lambda s: (s.evidence.file != path, s.evidence.line))


def _handed(
    called: Text, job: dict[str, Any], values: Mapping[str, str], path: str, name: str, aside: bool
) -> Iterator[Script]:
    """The script that a workflow of another repository is handed to run."""
    inputs = {k: substituted(v, values) for k, v in texts(job.get("with")).items()}
    text = actions.command(called.split("@")[0].lower(), inputs)
    if text:
        place = Evidence(path, called.line, f"uses: {called}"[:200])
        yield Script(text, place, f"{path}:{name}", join(".", inputs.get("working-directory", ".")), {}, aside)


def _legs(source: Source, job: dict[str, Any]) -> list[dict[str, str]]:
    """A job's legs: all that are known of the first jobs, a few of the others where there are very many."""
    left = source.once("legs of jobs", lambda: [_LEGS])
    legs = matrices.filled(source, job, combinations(job))
    taken = legs[: max(_FEW, left[0])]
    left[0] -= len(taken)
    return taken


def _untriggered(triggers: object) -> bool:
    """Whether nothing that a change does starts the workflow: only the clock, a person, a release."""
    names = [triggers] if isinstance(triggers, str) else triggers
    kinds = set(names) if isinstance(names, list | dict) and all(isinstance(n, str) for n in names) else set()
    return bool(kinds) and kinds <= {"schedule", "workflow_dispatch", "release", "issues", "issue_comment"}


@dataclass(frozen=True, slots=True)
class _Steps:
    source: Source
    path: str
    label: str
    aside: bool
    tolerated: bool
    depth: int = 0

    def read(self, steps: object, values: Mapping[str, str], cwd: str) -> Iterator[Script]:
        values = dict(values)
        placed, built = "", False  # variables beside what another job has built speak of that, which no checkout has
        for step in islice(_flat(steps), 80):
            if not isinstance(step, dict) or excluded(step.get("if"), values):
                continue
            env = {k: substituted(v, values) for k, v in texts(step.get("env")).items()}
            known = {**values, **{f"env.{k}": v for k, v in env.items()}}
            where = step.get("working-directory")
            here = join(cwd if where is None else ".", substituted(str(where), known)) if where else cwd
            tolerated = self.tolerated or _true(step.get("continue-on-error"))
            run, uses = step.get("run"), step.get("uses")
            built = built or (isinstance(uses, Text) and uses.startswith("actions/download-artifact@"))
            placed = placed or _checkout(step, known)
            here = relpath(here, placed) if placed and within(here, placed) else here
            if isinstance(run, Text):
                plain = {k[4:]: v for k, v in known.items() if k.startswith("env.") and v and "$" not in v}
                text = _variables(substituted(_PLACE.sub("$GITHUB_WORKSPACE", run), known), plain)
                place = Evidence(self.path, run.line, "")
                aside = self.aside or set_aside(step.get("if"))
                yield Script(text, place, self.label, here, {} if built else _kept(plain), aside, tolerated)
                values |= _kept_for_later(text) if sure(step.get("if")) else {}
            elif isinstance(uses, Text):
                yield from self._action(step, uses, known, here, tolerated)

    def _action(
        self, step: dict[str, Any], uses: Text, values: Mapping[str, str], cwd: str, tolerated: bool
    ) -> Iterator[Script]:
        inputs = {k: substituted(v, values) for k, v in texts(step.get("with")).items()}
        if uses.startswith("./") and self.depth < 3:
            base = uses[2:].rstrip("/")
            inner = next((p for p in (f"{base}/action.yml", f"{base}/action.yaml") if self.source.has(p)), "")
            data = loaded(self.source, inner) if inner else {}
            merged = {**values, **{f"inputs.{k}": v for k, v in {**defaults(data.get("inputs")), **inputs}.items()}}
            merged["github.action_path"] = base
            runs = data.get("runs")
            reader = replace(self, path=inner, tolerated=tolerated, depth=self.depth + 1)
            yield from reader.read(runs.get("steps") if isinstance(runs, dict) else None, merged, ".")
            return
        script = actions.command(uses.split("@")[0].lower(), inputs)
        if script:
            place = Evidence(self.path, uses.line, f"uses: {uses}"[:200])
            where = join(".", inputs["working-directory"]) if inputs.get("working-directory") else cwd
            yield Script(script, place, self.label, where, {}, self.aside, tolerated)


def _flat(steps: object) -> Iterator[object]:
    """The steps, those that run side by side (`parallel`) one after the other."""
    for step in steps if isinstance(steps, list) else ():
        beside = step.get("parallel") if isinstance(step, dict) else None
        yield from beside if isinstance(beside, list) else [step]


def _kept_for_later(text: str) -> dict[str, str]:
    """What a script writes down for the steps behind it."""
    lines = [line for line in text.splitlines()[:500] if "GITHUB_ENV" in line and len(line) < 500]
    found = [matched for line in lines if (matched := _TO_ENV.search(line)) and "`" not in matched.group(2)]
    return {f"env.{m.group(1)}": m.group(2).strip() for m in found}


def _checkout(step: dict[str, Any], values: Mapping[str, str]) -> str:
    """The directory that CI checks the repository itself out into, empty where that is the workspace."""
    given = texts(step.get("with"))
    if not str(step.get("uses")).startswith("actions/checkout") or given.get("repository"):
        return ""
    path = join(".", substituted(given.get("path", ""), values))
    return "" if path == "." else path


def _variables(text: str, env: Mapping[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda m: env.get(m.group(1), m.group(0)), text)


def _kept(env: Mapping[str, str]) -> dict[str, str]:
    """Static variables that steer a test run; what looks like CI's own business stays out."""
    steering = re.compile(
        r"(RUST\w+|NODE_\w+|MIX_ENV|GO\w+|CGO_\w+|\w*DJANGO\w*|\w+_ENV|ENV\w*|APP_\w+|PYTHON\w+|TZ|LANG|LC_\w+|\w*SETTINGS\w*"
        r"|\w*SECRET_KEY\w*|\w*DATABASE_URL|DB_\w+|TEST\w*)$"
    )
    found = {k: exportable(k, v) for k, v in env.items() if steering.match(k)}
    return {k: v for k, v in found.items() if v is not None}


def _default_cwd(data: dict[str, Any], values: Mapping[str, str]) -> str:
    run = (data.get("defaults") or {}).get("run") if isinstance(data.get("defaults"), dict) else None
    where = run.get("working-directory") if isinstance(run, dict) else None
    return join(".", substituted(str(where), values)) if where else ""


def _true(value: object) -> bool:
    return str(value).strip().lower() == "true"


def texts(value: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}
