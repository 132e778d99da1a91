"""What the repository's own CI runs: GitHub workflows first, other systems lightly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sandbox.detect.commands.shell import join
from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence
from sandbox.detect.read.yamltree import Text

_WORKFLOWS = ".github/workflows"
_FILES = 25
_BYTES = 120_000
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_OTHER_PURPOSE = re.compile(
    r"(^|[-_/ ])(release|publish|deploy|docs?|docset|documentation|website|changelog|backport|wheels?"
    r"|stale|label(er|s)?|lock|triage|issue|dependabot|codeql|scorecards?|zizmor"
    r"|nightly|bench(mark)?s?|codspeed|fuzz|cifuzz|downstream|integration|e2e|browser)([-_/. ]|$)"
)


@dataclass(frozen=True, slots=True)
class Script:
    """One `run` of a CI job. `aside` marks jobs that are not there to check a change (release, docs, nightly)."""

    text: str
    evidence: Evidence
    job: str
    cwd: str = "."
    env: Mapping[str, str] = field(default_factory=dict)
    aside: bool = False


def scripts(source: Source) -> list[Script]:
    """All scripts that CI runs, the actions that stand for a command among them."""
    found: list[Script] = []
    budget = _BYTES
    for name in _ordered(source)[:_FILES]:
        if _OTHER_PURPOSE.search(name) and any(not script.aside for script in found):
            continue  # parsing takes most of the time, and a release says little about checks
        path = f"{_WORKFLOWS}/{name}"
        budget -= len(source.text(path))
        if budget < 0:
            break
        found += _workflow(source, path)
    return found + list(_others(source))


def _ordered(source: Source) -> list[str]:
    names = [n for n in source.files(_WORKFLOWS) if n.endswith((".yml", ".yaml"))]
    wanted = re.compile(r"ci|test|main|check|build|lint|typ|quality|pull|push|unit|style|format")
    return sorted(names, key=lambda n: (bool(_OTHER_PURPOSE.search(n)), not wanted.search(n), n))


def _workflow(source: Source, path: str) -> Iterator[Script]:
    text = source.text(path)
    if not re.search(r"\brun:|\buses:", text):
        return
    data = yamltree.load(text)
    env = _texts(data.get("env"))
    cwd = _default_cwd(data)
    jobs = data.get("jobs")
    for name, job in islice(jobs.items(), 60) if isinstance(jobs, dict) else ():
        if not isinstance(job, dict):
            continue
        label = f"{path}:{name}"
        aside = bool(_OTHER_PURPOSE.search(path.rsplit("/", 1)[-1].lower()) or _OTHER_PURPOSE.search(str(name).lower()))
        called = job.get("uses")
        if isinstance(called, str) and called.startswith("./") and called != f"./{path}":
            # A reusable workflow is read as a file of its own; only its directory of work differs, which is rare.
            continue
        values = {**{f"env.{k}": [v] for k, v in {**env, **_texts(job.get("env"))}.items()}, **_matrix(job)}
        job_cwd = _default_cwd(job) or cwd or "."
        yield from _steps(source, path, label, job.get("steps"), values, job_cwd, aside)


def _steps(
    source: Source,
    path: str,
    label: str,
    steps: object,
    values: dict[str, list[str]],
    cwd: str,
    aside: bool,
    depth: int = 0,
) -> Iterator[Script]:
    for step in islice(steps, 80) if isinstance(steps, list) else ():
        if not isinstance(step, dict):
            continue
        env = _texts(step.get("env"))
        known = {**values, **{f"env.{k}": _substituted(v, values) for k, v in env.items()}}
        where = step.get("working-directory")
        here = join(cwd, _substituted(str(where), known)[0]) if where else cwd
        run, uses = step.get("run"), step.get("uses")
        if isinstance(run, Text):
            plain = {k[4:]: v[0] for k, v in known.items() if k.startswith("env.") and v and "$" not in v[0]}
            for text in _substituted(str(run), known):
                yield Script(_variables(text, plain), Evidence(path, run.line, ""), label, here, _kept(plain), aside)
        elif isinstance(uses, Text):
            yield from _action(source, path, label, step, uses, known, here, aside, depth)


def _action(
    source: Source,
    path: str,
    label: str,
    step: dict[str, Any],
    uses: Text,
    values: dict[str, list[str]],
    cwd: str,
    aside: bool,
    depth: int,
) -> Iterator[Script]:
    inputs = {k: _substituted(v, values)[0] for k, v in _texts(step.get("with")).items()}
    evidence = Evidence(path, uses.line, f"uses: {uses}"[:200])
    if uses.startswith("./") and depth < 3:
        base = uses[2:].rstrip("/")
        inner = next((p for p in (f"{base}/action.yml", f"{base}/action.yaml") if source.has(p)), "")
        data = yamltree.load(source.text(inner)) if inner else {}
        defaults = _defaults(data.get("inputs"))
        merged = {**values, **{f"inputs.{k}": [v] for k, v in {**defaults, **inputs}.items()}}
        runs = data.get("runs")
        if isinstance(runs, dict):
            yield from _steps(source, inner, label, runs.get("steps"), merged, ".", aside, depth + 1)
        return
    name = uses.split("@")[0].lower()
    make = _ACTIONS.get(name)
    script = make(inputs) if make else ""
    if script:
        yield Script(script, evidence, label, join(cwd, inputs.get("working-directory", ".")), {}, aside)
    elif name.startswith(("nick-invision/retry", "nick-fields/retry", "coactions/setup-xvfb", "gabrielbb/xvfb-action")):
        text = inputs.get("command") or inputs.get("run") or ""
        yield Script(text, evidence, label, cwd, {}, aside)


_ACTIONS: dict[str, Callable[[dict[str, str]], str]] = {
    "golangci/golangci-lint-action": lambda w: "golangci-lint run " + w.get("args", ""),
    "astral-sh/ruff-action": lambda w: "ruff " + (w.get("args") or "check") + " " + w.get("src", "."),
    "chartboost/ruff-action": lambda w: "ruff " + (w.get("args") or "check ."),
    "pre-commit/action": lambda w: "pre-commit run --all-files",
    "j178/prek-action": lambda w: "pre-commit run --all-files",
    "psf/black": lambda w: "black " + (w.get("options") or "--check") + " " + w.get("src", "."),
    "isort/isort-action": lambda w: "isort --check-only .",
    "jakebailey/pyright-action": lambda w: "pyright",
    "py-actions/flake8": lambda w: "flake8 " + w.get("path", "."),
    "actions-rs/clippy-check": lambda w: "cargo clippy " + w.get("args", ""),
    "actions-rs/cargo": lambda w: f"cargo {w.get('command', '')} {w.get('args', '')}",
    "dominikh/staticcheck-action": lambda w: "staticcheck ./...",
    "standardrb/standard-ruby-action": lambda w: "standardrb",
    "gradle/gradle-build-action": lambda w: "./gradlew " + w["arguments"] if w.get("arguments") else "",
    "docker://oskarstark/php-cs-fixer-ga": lambda w: "php-cs-fixer fix --dry-run",
    "docker://oskarstark/phpstan-ga": lambda w: "phpstan analyse",
    "paambaati/codeclimate-action": lambda w: w.get("coverageCommand", ""),
}  # fmt: skip


def _matrix(job: dict[str, Any]) -> dict[str, list[str]]:
    strategy = job.get("strategy")
    matrix = strategy.get("matrix") if isinstance(strategy, dict) else None
    found: dict[str, list[str]] = {}
    if not isinstance(matrix, dict):
        return found
    rows = matrix.get("include")
    for key, values in matrix.items():
        if key not in ("include", "exclude") and isinstance(values, list):
            for value in values:
                _add(found, key, value)
    for row in rows if isinstance(rows, list) else ():
        for key, value in row.items() if isinstance(row, dict) else ():
            _add(found, key, value)
    return found


def _add(found: dict[str, list[str]], key: str, value: object) -> None:
    if isinstance(value, str):
        known = found.setdefault(f"matrix.{key}", [])
        if str(value) not in known:
            known.append(str(value))
    elif isinstance(value, dict):
        for inner, text in value.items():
            _add(found, f"{key}.{inner}", text if isinstance(text, str) else "")


def _substituted(text: str, values: Mapping[str, list[str]]) -> list[str]:
    """The text with its expressions replaced, once for each value (12 at most); the unknown ones become empty."""
    texts = [text]
    for _ in range(20):
        matched = _EXPRESSION.search(texts[0])
        if not matched:
            break
        options = values.get(_name(matched.group(1))) or [_fallback(matched.group(1))]
        texts = [t.replace(matched.group(0), option) for t in texts for option in options][:12]
    return texts


def _name(expression: str) -> str:
    return re.split(r"\s*\|\|\s*", expression)[0].strip()


def _fallback(expression: str) -> str:
    literal = re.search(r"\|\|\s*'([^']*)'\s*$", expression)
    return literal.group(1) if literal else ""


def _variables(text: str, env: Mapping[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda m: env.get(m.group(1), m.group(0)), text)


def _kept(env: Mapping[str, str]) -> dict[str, str]:
    """Static variables that steer a test run; what looks like CI's own business stays out."""
    return {
        k: v
        for k, v in env.items()
        if re.match(
            r"(RUSTFLAGS|RUST_BACKTRACE|NODE_OPTIONS|MIX_ENV|GOFLAGS|DJANGO_SETTINGS_MODULE|RAILS_ENV|PYTHONPATH)$", k
        )
        and v
    }


def _defaults(inputs: object) -> dict[str, str]:
    """The default values of an action's inputs."""
    items = inputs.items() if isinstance(inputs, dict) else ()
    return {name: str(value.get("default", "")) for name, value in items if isinstance(value, dict)}


def _default_cwd(data: dict[str, Any]) -> str:
    run = (data.get("defaults") or {}).get("run") if isinstance(data.get("defaults"), dict) else None
    where = run.get("working-directory") if isinstance(run, dict) else None
    return join(".", str(where)) if where else ""


def _texts(value: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}


def _others(source: Source) -> Iterator[Script]:
    """Every script of the other systems' files: lists and texts under the keys that hold commands."""
    for path in (
        ".gitlab-ci.yml",
        ".travis.yml",
        "azure-pipelines.yml",
        ".circleci/config.yml",
        ".cirrus.yml",
        "appveyor.yml",
        ".appveyor.yml",
    ):
        text = source.text(path)
        if text and len(text) < 60_000:
            for script in islice(_commands(yamltree.load(text), False), 200):
                yield Script(_EXPRESSION.sub("", str(script)), Evidence(path, script.line, ""), path)


def _commands(data: object, inside: bool) -> Iterator[Text]:
    if isinstance(data, Text):
        if inside:
            yield data
    elif isinstance(data, list):
        for item in data:
            yield from _commands(item, inside)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _commands(
                value, key in ("script", "bash", "run", "command", "test_script", "cmd") or key.endswith("_script")
            )
