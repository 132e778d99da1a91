"""tox environments and nox sessions: what each runs and what it needs installed; read, never imported."""

from __future__ import annotations

import ast
import configparser
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.detect.commands.bodies import Body
from sandbox.detect.commands.scripts.shell import exportable, join
from sandbox.detect.read.source import Source, strings, table
from sandbox.detect.read.values import Evidence


@dataclass(slots=True)
class ToxEnvironment:
    """One tox environment or nox session."""

    name: str
    bodies: list[Body] = field(default_factory=list)
    deps: list[str] = field(default_factory=list)
    """pip arguments: requirements, `-r FILE`."""
    extras: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


def tox_names(source: Source) -> list[str]:
    """The environments that a bare `tox` runs, and those that have a section of their own."""
    if ini := _ini(source):
        # Without a list tox runs the base by the name `py`.
        listed = _expand_all(_get(ini[1], "tox", "envlist") or _get(ini[1], "tox", "env_list") or "py")
        own = [n for s in ini[1].sections() if s.startswith("testenv:") for n in _expand_all(s[8:])]
        return list(dict.fromkeys([*listed, *own]))[:60]
    data, _ = _toml(source)
    return list(dict.fromkeys([*strings(data.get("env_list")), *table(data, "env")]))[:60]


def tox(source: Source, name: str) -> ToxEnvironment | None:
    """The environment of that name; names without a section use the base and its factors."""
    if ini := _ini(source):
        return _ini_environment(source, *ini, name)
    data, path = _toml(source)
    if not data:
        return None
    base, own = table(data, "env_run_base"), table(data, "env", name)
    environment = ToxEnvironment(name)
    values = {**base, **own}
    evidence = source.evidence(path, "commands", after=f"env.{name}]" if own.get("commands") else "env_run_base]")
    variables = {
        k: v
        for k, text in {**table(base, "set_env"), **table(own, "set_env")}.items()
        if isinstance(text, str) and (v := exportable(k, _tox_word(text)))
    }
    ignored = values.get("ignore_outcome") is True
    for command in _listed(values.get("commands")):
        words = [_tox_word(w) for w in command] if isinstance(command, list) else [str(command)]
        marks = re.match(r"[-!]?(?=\s|$)", words[0].strip()) if words else None
        loose = ignored or bool(marks and marks.group(0) == "-")
        words[:1] = [words[0].strip()[marks.end() :].strip()] if marks else words[:1]
        script = shlex.join([w for w in words if w]) if isinstance(command, list) else words[0]
        environment.bodies.append(Body(script, evidence, variables, loose))
    environment.deps = strings(values.get("deps"))
    environment.extras = strings(values.get("extras"))
    environment.groups = strings(values.get("dependency_groups"))
    return environment


def _listed(value: object) -> list[object]:
    """A list as it is, one text as a list of it, anything else as nothing."""
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


def nox(source: Source) -> dict[str, ToxEnvironment]:
    """All sessions of the noxfile, with what the functions they call run."""
    return source.once("nox", lambda: _nox(source))


def _nox(source: Source) -> dict[str, ToxEnvironment]:
    try:
        tree = ast.parse(source.text("noxfile.py"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    lines = source.text("noxfile.py").splitlines()
    found: dict[str, ToxEnvironment] = {}
    for function in functions.values():
        decorators = [_session_name(d) for d in function.decorator_list]
        names = [n for n in decorators if n is not None]
        if not names:
            continue
        environment = ToxEnvironment(names[0] or function.name)
        _read_session(function, functions, environment, lines, set())
        found[environment.name] = environment
    return found


def _read_session(
    function: ast.FunctionDef,
    functions: dict[str, ast.FunctionDef],
    into: ToxEnvironment,
    lines: list[str],
    seen: set[str],
) -> None:
    if function.name in seen or len(seen) > 20:
        return
    seen.add(function.name)
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    cwd: str | None = None
    for call in sorted(calls, key=lambda node: node.lineno):
        if isinstance(call.func, ast.Name) and call.func.id in functions:
            _read_session(functions[call.func.id], functions, into, lines, seen)
        if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name | ast.Attribute):
            continue
        words = [w for arg in call.args for w in _words(arg)]
        if call.func.attr in ("run", "run_always") and words:
            text = lines[call.lineno - 1].strip()[:200] if call.lineno <= len(lines) else ""
            env = {k: v for k, v in _variables(call) if exportable(k, v)}
            codes = any(k.arg == "success_codes" for k in call.keywords)
            into.bodies.append(Body(shlex.join(words), Evidence("noxfile.py", call.lineno, text), env, codes, cwd))
        elif call.func.attr in ("chdir", "cd") and words and "$" not in words[0]:
            cwd = join(".", words[0])
        elif call.func.attr == "install":
            into.deps += [w for w in words if w and not w.startswith("$")]


def _variables(call: ast.Call) -> Iterator[tuple[str, str]]:
    for keyword in call.keywords:
        if keyword.arg == "env" and isinstance(keyword.value, ast.Dict):
            for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
                    yield str(key.value), str(value.value)


def _words(arg: ast.expr) -> list[str]:
    if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
        return [arg.value]
    if isinstance(arg, ast.IfExp):
        return _words(arg.orelse) or _words(arg.body)
    if isinstance(arg, ast.Starred):
        inner = arg.value
        if isinstance(inner, ast.BoolOp) and isinstance(inner.values[-1], ast.Tuple | ast.List):
            inner = inner.values[-1]
        return [w for e in inner.elts for w in _words(e)] if isinstance(inner, ast.Tuple | ast.List) else []
    return ["$VALUE"] if isinstance(arg, ast.JoinedStr | ast.Name | ast.Call | ast.BinOp) else []


def _session_name(decorator: ast.expr) -> str | None:
    """The session's name that a decorator gives: "" for the function's own, None where it is another decorator."""
    call = decorator if isinstance(decorator, ast.Call) else None
    target = call.func if call else decorator
    name = target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""
    if name not in ("session", "nox_session"):
        return None
    for keyword in call.keywords if call else []:
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return ""


def _ini(source: Source) -> tuple[str, configparser.RawConfigParser] | None:
    return source.once("tox", lambda: _read_ini(source))


def _read_ini(source: Source) -> tuple[str, configparser.RawConfigParser] | None:
    for path in ("tox.ini", "setup.cfg"):
        parser = _parse(source.text(path))
        if parser and any(s in ("tox", "testenv") or s.startswith("testenv:") for s in parser.sections()):
            return path, parser
    legacy = table(source.toml("pyproject.toml"), "tool", "tox").get("legacy_tox_ini")
    parser = _parse(legacy) if isinstance(legacy, str) else None
    return ("pyproject.toml", parser) if parser else None


def _parse(text: str) -> configparser.RawConfigParser | None:
    for _ in range(8):
        parser = configparser.RawConfigParser(
            strict=False, allow_no_value=True, delimiters=("=", ":"), comment_prefixes=("#", ";")
        )
        try:
            parser.read_string(text)
        except configparser.MissingSectionHeaderError:
            return None
        except configparser.ParsingError as error:
            # A line that nobody can read must not lose the whole file.
            wrong = {number for number, _ in error.errors}
            text = "\n".join(line for n, line in enumerate(text.split("\n"), 1) if n not in wrong)
        except (configparser.Error, ValueError):
            return None
        except AttributeError:
            # Python's reader before 3.13 fails on an indented line below an option that has no `=`.
            text = re.sub(r"^([^\s\[#;=:][^=:\n]*)$", r"\1 =", text, flags=re.MULTILINE)
        else:
            return parser
    return None


def _toml(source: Source) -> tuple[dict[str, object], str]:
    data = source.toml("tox.toml")
    return (data, "tox.toml") if data else (table(source.toml("pyproject.toml"), "tool", "tox"), "pyproject.toml")


def _ini_environment(source: Source, path: str, ini: configparser.RawConfigParser, name: str) -> ToxEnvironment:
    section = next((s for s in ini.sections() if s.startswith("testenv:") and name in _expand_all(s[8:])), "testenv")
    factors = frozenset(name.split("-"))

    def lines(*options: str) -> Iterator[str]:
        for option in options:
            where = section if ini.has_section(section) and ini.has_option(section, option) else "testenv"
            text = re.sub(r"\\\n\s*", " ", _references(ini, _get(ini, where, option)))
            for line in text.splitlines():
                if kept := _factor(line.strip(), factors):
                    yield kept

    environment = ToxEnvironment(name)
    variables: dict[str, str] = {}
    for line in lines("setenv", "set_env"):
        name, equals, value = _tox_word(line).partition("=")
        if equals and (kept := exportable(name.strip(), value.strip())):
            variables[name.strip()] = kept
    ignored = _get(ini, section, "ignore_outcome").lower() == "true"
    where = _get(ini, section, "changedir") or _get(ini, section, "change_dir")
    cwd = join(".", _tox_word(where)) if where and "{" not in _tox_word(where) else None
    if cwd and not source.is_dir(cwd):  # one that tox makes, so that the installed package is tested
        cwd = None
    for line in lines("commands"):
        script = _tox_word(line)
        marks = re.match(r"[-! ]*", script)
        loose = ignored or ("-" in marks.group(0) if marks else False)
        script = script.lstrip("-! ")
        first = next((w for w in script.split() if w), "")
        evidence = source.evidence(path, first, after=f"[{section}]")
        place = evidence if evidence.line else source.evidence(path, first)
        environment.bodies.append(Body(script, place, variables, loose, cwd))
    environment.deps = [line for line in lines("deps") if "{" not in line]
    environment.extras = [w for line in lines("extras") for w in re.split(r"[,\s]+", line) if w]
    environment.groups = [w for line in lines("dependency_groups") for w in re.split(r"[,\s]+", line) if w]
    return environment


def _references(ini: configparser.RawConfigParser, text: str) -> str:
    for _ in range(4):
        text = re.sub(r"\{\[([^\]]+)\](\w+)\}", lambda m: _get(ini, m.group(1), m.group(2)), text)[:20_000]
    return text


def _get(ini: configparser.RawConfigParser, section: str, option: str) -> str:
    return (ini.get(section, option, fallback="") or "") if ini.has_section(section) else ""


def _factor(line: str, factors: frozenset[str]) -> str:
    """The line without its factor condition, empty where the condition does not hold."""
    matched = re.match(r"^([!\w.{},-]+):\s+(.*)$", line)
    if not matched:
        return line
    for condition in _expand_all(matched.group(1)):
        parts = condition.split("-")
        if all((part[1:] not in factors) if part.startswith("!") else part in factors for part in parts):
            return matched.group(2)
    return ""


def _tox_word(word: object) -> str:
    if isinstance(word, dict):
        default = word.get("default")
        return " ".join(strings(default)) if default else ""
    text = re.sub(r"\{posargs:?((?:[^{}]|\{[^{}]*\})*)\}", r"\1", str(word))
    text = (
        text.replace("[]", "")
        .replace("{/}", "/")
        .replace("{toxinidir}/", "")
        .replace("{tox_root}/", "")
        .replace("{toxinidir}", ".")
        .replace("{tox_root}", ".")
    )
    return re.sub(
        r"\{(env:\w++:?([^{}]*)|envpython)\}",
        lambda m: "python" if m.group(1) == "envpython" else m.group(2) or "",
        text,
    )


def _expand_all(text: str) -> list[str]:
    """tox's generative names: `py{39,310}-x, lint` is py39-x, py310-x, lint."""
    names: list[str] = []
    for item in re.split(r"[,\s]+(?![^{]*\})", text[:20_000]):
        pending = [item.strip()] if item.strip() else []
        for _ in range(6):
            pending = [other for one in pending for other in _expand_one(one)][:100]
        names += pending
    return names[:200]


def _expand_one(name: str) -> list[str]:
    matched = re.search(r"\{([^{}]*)\}", name)
    if not matched:
        return [name]
    span = re.fullmatch(r"\s*(\d+)-(\d+)\s*", matched.group(1))
    if span and int(span.group(2)) - int(span.group(1)) < 30:
        options = [str(n) for n in range(int(span.group(1)), int(span.group(2)) + 1)]
    else:
        options = [o.strip() for o in matched.group(1).split(",")]
    return [name[: matched.start()] + option + name[matched.end() :] for option in options]
