"""Calls of the tools of JavaScript and TypeScript."""

from __future__ import annotations

import shlex

import pytest

from sandbox.detect.tools.table import recognise


@pytest.mark.parametrize(
    ("call", "kind", "key", "line", "mark"),
    [
        ("tsc", "types", "tsc", "tsc", ""),
        ("tsc -p $X", "types", "tsc", "tsc --noEmit", ""),
        ("vue-tsc --noEmit", "types", "vue-tsc", "vue-tsc --noEmit", ""),
        ("node --test", "test", "node --test", "node --test", ""),
        ("node --test --watch", "test", "node --test", "node --test --watch", "skipped"),
        ("node test/index.js", "test", "node script", "node test/index.js", ""),
        ("node scripts/x.js jest", "test", "jest", "node scripts/x.js jest", ""),
        ("node node_modules/.bin/mocha", "test", "node runner", "node node_modules/.bin/mocha", ""),
        ("node test", "test", "node script", "node test", ""),
        ("jest --watch", "test", "jest", "jest --watch", "skipped"),
        ("jest -u", "test", "jest", "jest", "mended"),
        ("jest --shard=1/2", "test", "jest", "jest", ""),
        ("jest --shard 1/2 src", "test", "jest", "jest src", ""),
        ("vitest", "test", "vitest", "vitest", ""),
        ("vitest run --update", "test", "vitest", "vitest run", "mended"),
        ("vitest watch", "test", "vitest", "vitest watch", "skipped"),
        ("vitest bench", "test", "vitest", "vitest bench", "skipped"),
        ("mocha -u tdd", "test", "mocha", "mocha -u tdd", ""),
        ("ava --update-snapshots", "test", "ava", "ava", "mended"),
        ("tap --snapshot", "test", "tap", "tap", "mended"),
        ("deno test --watch", "test", "deno test", "deno test", "mended"),
        ("deno lint --fix", "lint", "deno lint", "deno lint", "mended"),
        ("deno fmt", "lint", "deno fmt", "deno fmt --check", "mended"),
        ("deno fmt --check", "lint", "deno fmt", "deno fmt --check", ""),
        ("deno check a.ts", "types", "deno check", "deno check a.ts", ""),
        ("bun test -u", "test", "bun test", "bun test", "mended"),
        ("bun test --watch", "test", "bun test", "bun test --watch", "skipped"),
        ("biome check --write", "lint", "biome check", "biome check", "mended"),
        ("biome check --apply .", "lint", "biome check", "biome check .", "mended"),
        ("biome format", "lint", "biome format", "biome format", ""),
        ("biome ci .", "lint", "biome ci", "biome ci .", ""),
        ("prettier --check .", "lint", "prettier", "prettier --check .", ""),
        ("prettier -l src", "lint", "prettier", "prettier -l src", ""),
        ("prettier --write src", "lint", "prettier", "prettier --check src", "mended"),
        ("prettier -c --write src", "lint", "prettier", "prettier --check src", "mended"),
        ("prettier --check $X", "lint", "prettier", "prettier --check .", ""),
        ("eslint --fix .", "lint", "eslint", "eslint .", "mended"),
        ("eslint . --fix-dry-run", "lint", "eslint", "eslint .", "mended"),
        ("eslint --cache --max-warnings 0 .", "lint", "eslint", "eslint --max-warnings 0 .", ""),
        ("eslint", "lint", "eslint", "eslint", ""),
        ("xo --fix", "lint", "xo", "xo", "mended"),
        ('stylelint "**/*.css" --fix', "lint", "stylelint", "stylelint '**/*.css'", "mended"),
        ("tslint -p .", "lint", "tslint", "tslint -p .", ""),
        ("dprint check", "lint", "dprint check", "dprint check", ""),
        ("oxfmt", "lint", "oxfmt", "oxfmt --check .", "mended"),
        ("oxfmt --check", "lint", "oxfmt", "oxfmt --check .", ""),
        ("turbo run test", "test", "workspaces test", "turbo run test", ""),
        ("nx run-many -t lint", "lint", "workspaces lint", "nx run-many -t lint", ""),
        ("pnpm -r test", "test", "workspaces test", "pnpm -r test", ""),
        ("npm run test --workspaces", "test", "workspaces test", "npm run test --workspaces", ""),
        ("react-scripts test --watchAll=false", "test", "react-scripts", "react-scripts test --watchAll=false", ""),
        ("ng test", "test", "ng", "ng test", "skipped"),
        ("ng lint --fix", "lint", "ng lint", "ng lint", "mended"),
        ("vue-cli-service lint", "lint", "vue-cli-service lint", "vue-cli-service lint --no-fix", "mended"),
        ("vue-cli-service lint --no-fix", "lint", "vue-cli-service lint", "vue-cli-service lint --no-fix", ""),
        ("next lint", "lint", "next lint", "next lint", ""),
        ("astro check", "types", "astro", "astro check", ""),
        ("vp test", "test", "vp test", "vp test", ""),
        ("vp fmt --check", "lint", "vp fmt", "vp fmt --check", ""),
        ("vp check --fix", "lint", "vp check", "vp check", "mended"),
        ("cypress run", "test", "cypress", "cypress run", "skipped"),
        ("playwright test", "test", "playwright", "playwright test", "skipped"),
        ("karma start", "test", "karma", "karma start", "skipped"),
        ("knip --fix", "lint", "knip", "knip", "mended"),
        ("svelte-check", "types", "svelte-check", "svelte-check", ""),
    ],
)
def test_a_call_is_run_in_words_that_only_check(call: str, kind: str, key: str, line: str, mark: str) -> None:
    found = recognise(tuple(shlex.split(call)))
    assert found
    assert (found.kind, found.key, found.line) == (kind, key, line)
    assert (found.mended, bool(found.skip)) == (mark == "mended", mark == "skipped")


@pytest.mark.parametrize(
    "call",
    [
        "tsc -w",
        "node build.js",
        "deno run x",
        "bun run x",
        "biome lint --suppress",
        "biome start",
        "prettier src",
        "prettier --list-different --write $X",
        "eslint --init",
        "dprint fmt",
        "turbo run lint:fix",
        "turbo run build",
        "npm test",
        "next build",
        "vp fmt",
        "cypress install",
    ],
)
def test_a_call_that_checks_nothing_or_passes_in_any_case_is_none(call: str) -> None:
    assert recognise(tuple(shlex.split(call))) is None
