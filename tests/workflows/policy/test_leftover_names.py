"""Names that give away what a tool has left behind, and names like them that somebody means."""

from __future__ import annotations

import pytest

from workflows.policy.leftover_names import is_leftover_by_name


@pytest.mark.parametrize(
    "path",
    [
        *(".eslintcache", "pkg/.eslintcache", "node_modules_not/.sass-cache/a/b.css", "reports/mutation/index.html"),
        *("web/.yarn/cache/a.zip", ".yarn/install-state.gz", "App.dSYM/Contents/x", "a.iml", "lib/a.so"),
        *(".env.local", "deploy/.env.production", "id_rsa", "keys/id_ed25519.pub", "__debug_bin123", "vgcore.4242"),
        *("report.20260101.120000.1.0.001.json", "vite.config.ts.timestamp-17-ab.mjs", ".lein-repl-history", "tfplan"),
        ".rubocop-https---example-org-yml",
    ],
)
def test_what_a_tool_leaves_is_known_by_its_name_at_any_depth(path: str) -> None:
    assert is_leftover_by_name(path)


@pytest.mark.parametrize(
    "path",
    [
        *("eslintcache", "a.eslintcache", ".eslintcache.js", ".eslintcache/x", "sass-cache/a", "x.sass-cache/a", ".vs"),
        *(".env", ".env.example", "a/.env.sample", ".env.template", ".env.defaults", "my.env.local", "id_rsa.md"),
        *("src/solve.py", "a.sob", "gem", "src/axuiliary.aux.py", "tfplan/main.tf", "report.json", "Pods", "ebin"),
        *("docs/perf.data.md", "xcov", "", "reports/mutations/x", "lib/README"),
    ],
)
def test_what_is_only_like_it_is_meant(path: str) -> None:
    assert not is_leftover_by_name(path)
