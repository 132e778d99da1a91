"""Tasks of poe, pdm, hatch, pixi and invoke."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from sandbox.detect.commands.bodies import Body
from sandbox.detect.commands.scripts.shell import exportable, join
from sandbox.detect.read.source import Source, table
from sandbox.detect.read.values import Evidence

INVOKE = ("tasks.py", "tasks/__init__.py")


def poe(source: Source, name: str) -> list[Body]:
    data = table(source.toml("pyproject.toml"), "tool", "poe")
    path = "pyproject.toml"
    if not data:
        path = "poe_tasks.toml"
        data = table(source.toml(path), "tool", "poe") or source.toml(path)
    return _bodies(source, path, table(data, "tasks"), name, table(data, "env"), "poe")


def pdm(source: Source, name: str) -> list[Body]:
    tasks = table(source.toml("pyproject.toml"), "tool", "pdm", "scripts")
    return _bodies(source, "pyproject.toml", tasks, name, table(tasks, "_", "env"), "pdm")


def hatch(source: Source, name: str) -> list[Body]:
    """A script of hatch; `environment:script` names where, else the first environment that has it."""
    data, path = hatch_table(source)
    environment, _, script = name.rpartition(":")
    envs = table(data, "envs")
    for env in [environment] if environment else ["default", *envs]:
        variables = table(envs, env, "env-vars")
        if found := _bodies(source, path, table(envs, env, "scripts"), script, variables, "hatch"):
            return found
    return []


def hatch_table(source: Source) -> tuple[dict[str, Any], str]:
    if source.has("hatch.toml"):
        return source.toml("hatch.toml"), "hatch.toml"
    return table(source.toml("pyproject.toml"), "tool", "hatch"), "pyproject.toml"


def pixi_tasks(source: Source) -> dict[str, Any]:
    """All tasks of pixi, those of features among them."""
    data, _ = pixi_table(source)
    found: dict[str, Any] = {}
    for feature in table(data, "feature").values():
        found |= table(feature, "tasks")
    for target in table(data, "target").values():
        found |= {k: v for k, v in table(target, "tasks").items() if k not in found}
    return {**found, **table(data, "tasks")}


def pixi_table(source: Source) -> tuple[dict[str, Any], str]:
    if source.has("pixi.toml"):
        return source.toml("pixi.toml"), "pixi.toml"
    return table(source.toml("pyproject.toml"), "tool", "pixi"), "pyproject.toml"


def pixi(source: Source, name: str) -> list[Body]:
    return _bodies(source, pixi_table(source)[1], pixi_tasks(source), name, {}, "tasks")


_SCRIPTS = {
    "pipenv": ("Pipfile", ("scripts",)),
    "rye": ("pyproject.toml", ("tool", "rye", "scripts")),
    "task": ("pyproject.toml", ("tool", "taskipy", "tasks")),
}


def script_names(source: Source, tool: str) -> list[str]:
    """The scripts that pipenv, rye or taskipy (`task`) has in its table."""
    path, keys = _SCRIPTS[tool]
    return list(table(source.toml(path), *keys))


def script(source: Source, tool: str, name: str) -> list[Body]:
    """What one of them runs, with what taskipy runs before it."""
    path, keys = _SCRIPTS[tool]
    scripts = table(source.toml(path), *keys)
    names = [f"pre_{name}", name] if tool == "task" else [name]
    return [body for n in names for body in _bodies(source, path, scripts, n, {}, keys[-1])]


def invoke_tasks(source: Source) -> dict[str, list[Body]]:
    """The tasks of tasks.py by the name that `invoke` takes, with what they and the functions they call run."""
    return source.once("invoke", lambda: _invoke(source))


def _bodies(
    source: Source, path: str, tasks: dict[str, Any], name: str, env: Mapping[str, Any], after: str
) -> list[Body]:
    found: list[Body] = []
    _collect(tasks, name, set(), found, env, source.evidence(path, name.rpartition(":")[2], after=after))
    return found


_HOLDERS = ("cmd", "chain", "shell", "composite", "sequence", "ref", "script", "call", "expr")


def _collect(
    tasks: dict[str, Any], name: str, seen: set[str], found: list[Body], env: Mapping[str, Any], place: Evidence
) -> None:
    if name in seen or len(seen) > 30:
        return
    seen.add(name)
    body = tasks.get(name)
    cwd: str | None = None
    ignored = False
    if isinstance(body, dict):
        env = {**env, **table(body, "env")}
        cwd = join(".", body["cwd"]) if isinstance(body.get("cwd"), str) else None
        ignored = body.get("ignore_fail") is True
        needed = body.get("depends-on", body.get("depends_on", body.get("deps")))
        for need in needed if isinstance(needed, list) else [needed]:
            other = need.get("task") if isinstance(need, dict) else need
            if isinstance(other, str):
                _collect(tasks, other.split()[0] if other.split() else "", seen, found, env, place)
        body = next((body[key] for key in _HOLDERS if key in body), None)
        if isinstance(body, list) and body and "cmd" in table(tasks, name) and all(isinstance(w, str) for w in body):
            body = " ".join(body)  # pixi's list is one command
    for item in body if isinstance(body, list) else [body]:
        if isinstance(item, dict):
            item = next((item[key] for key in ("cmd", "shell", "ref", "script") if key in item), None)
        if not isinstance(item, str):
            continue
        loose = item.strip().startswith("- ")  # hatch goes on where it fails
        item = item.strip().removeprefix("- ")
        other = item.split()[0] if item.split() else ""
        if other in tasks and other != name:
            _collect(tasks, other, seen, found, env, place)
            continue
        line = re.sub(r"\{args:?([^}]*)\}", r"\1", item)
        line = re.sub(r"^(\w[\w.]*):(\w+)(\(.*\))?$", r"python -m \1", line)
        kept = {k: v for k, text in env.items() if isinstance(text, str) and (v := exportable(k, text))}
        found.append(Body(line, place, env=kept, tolerated=ignored or loose, cwd=cwd))


def _invoke(source: Source) -> dict[str, list[Body]]:
    path = next((p for p in INVOKE if source.has(p)), "")
    found = _invoked_of(source, path) if path else {}
    modules = [n for n in source.files("tasks") if n.endswith(".py") and n != "__init__.py"][:20]
    for name in modules if path == INVOKE[1] else ():
        # A module's tasks are called by its name; what collection they are put into is computed.
        for task, bodies in _invoked_of(source, f"tasks/{name}").items():
            found.setdefault(f"{name.removesuffix('.py').replace('_', '-')}.{task}", bodies)
            found.setdefault(task, bodies)
    return found


def _invoked_of(source: Source, path: str) -> dict[str, list[Body]]:
    try:
        tree = ast.parse(source.text(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    lines = source.text(path).splitlines()
    found: dict[str, list[Body]] = {}
    for function in functions.values():
        for decorator in function.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            target = call.func if call else decorator
            if (target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")) != "task":
                continue
            name = function.name
            for keyword in call.keywords if call else []:
                if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                    name = str(keyword.value.value)
            bodies: list[Body] = []
            _invoked(function, functions, bodies, lines, path, set())
            found[name.replace("_", "-")] = bodies
    return found


def _invoked(
    function: ast.FunctionDef,
    functions: dict[str, ast.FunctionDef],
    into: list[Body],
    lines: list[str],
    path: str,
    seen: set[str],
) -> None:
    if function.name in seen or len(seen) > 20:
        return
    seen.add(function.name)
    for decorator in function.decorator_list:
        for arg in _before(decorator):
            if isinstance(arg, ast.Name) and arg.id in functions:
                _invoked(functions[arg.id], functions, into, lines, path, seen)
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: node.lineno):
        if isinstance(call.func, ast.Name) and call.func.id in functions:
            _invoked(functions[call.func.id], functions, into, lines, path, seen)
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("run", "sudo") and call.args:
            warns = any(
                k.arg == "warn" and isinstance(k.value, ast.Constant) and k.value.value is True for k in call.keywords
            )
            if script := _text(call.args[0]):
                text = lines[call.lineno - 1].strip()[:200] if call.lineno <= len(lines) else ""
                into.append(Body(script, Evidence(path, call.lineno, text), tolerated=warns))


def _before(decorator: ast.expr) -> list[ast.expr]:
    """What a task's decorator has run before it: `@task(lint)`, `@task(pre=[lint])`."""
    if not isinstance(decorator, ast.Call):
        return []
    named = [k.value for k in decorator.keywords if k.arg == "pre" and isinstance(k.value, ast.List | ast.Tuple)]
    return [*decorator.args, *(e for value in named if isinstance(value, ast.List | ast.Tuple) for e in value.elts)]


def _text(node: ast.expr, depth: int = 0) -> str:
    """A string's static text; what is computed, and what is put together of very many parts, becomes nothing."""
    if depth > 200:
        return ""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(v) for v in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, depth + 1) + _text(node.right, depth + 1)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "join"):
        return re.sub(r"\{\w*\}", "", _text(node.func.value)) if node.func.attr == "format" else _joined(node)
    return ""


def _joined(node: ast.Call) -> str:
    items = node.args[0].elts if node.args and isinstance(node.args[0], ast.List | ast.Tuple) else []
    return " ".join(_text(i) for i in items)
