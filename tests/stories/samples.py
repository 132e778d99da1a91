"""Small repositories with something wrong in them."""

# What this environment's plug-ins import takes pytest seven times as long as all of the sample's tests.
_PLUGINS = ("asyncio", "respx", "hypothesispytest", "xdist", "xdist.looponfail", "timeout", "anyio", "inline_snapshot")
QUICK = f"[pytest]\naddopts = {' '.join(f'-p no:{name}' for name in _PLUGINS)}\n"

PYTHON = {
    "adder.py": "def add(a, b):\n    return a - b\n",
    "test_adder.py": (
        "from adder import add\n\n\ndef test_zero():\n    assert add(3, 0) == 3\n\n\n"
        "def test_add():\n    assert add(1, 2) == 3\n"
    ),
    ".github/pullwright.yml": "setup: false\ntest: pytest -q\n",
    "pytest.ini": QUICK,
    ".gitignore": "__pycache__/\n.pytest_cache/\n",
}
PYTHON_ISSUE = "# add() subtracts\n\n`add(1, 2)` gives -1 instead of 3.\n"

NODE = {
    "package.json": '{"name": "adder", "version": "1.0.0", "type": "module", "scripts": {"test": "node --test"}}\n',
    "adder.js": "export function add(a, b) {\n  return a - b;\n}\n",
    "adder.test.js": (
        'import { test } from "node:test";\nimport assert from "node:assert";\nimport { add } from "./adder.js";\n\n'
        'test("adds", () => assert.equal(add(1, 2), 3));\ntest("zero", () => assert.equal(add(3, 0), 3));\n'
    ),
}
