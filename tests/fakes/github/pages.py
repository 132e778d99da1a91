"""Small pages behind the links that the API gives out, and the forms of GitHub's own that people click through."""

from __future__ import annotations

import html
import json
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode

from markdown_it import MarkdownIt

from tests.fakes.github import apps, auth, events, signin
from tests.fakes.github.state import Issue, Repository, World
from tests.fakes.github.wire import Answer

Json = Any

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui;max-width:52rem;margin:2rem auto;padding:0 1rem}}
article{{border:1px solid #ccc;border-radius:6px;padding:.2rem 1rem;margin:1rem 0}}
pre{{overflow:auto;background:#f6f6f6;padding:.6rem}}small{{color:#666}}</style>
<p><small>A stand-in for GitHub</small></p><h1>{title}</h1>{body}</html>"""


async def show(world: World, method: str, path: str, query: str, body: bytes) -> Answer:
    """The page of a path; 404 where there is none."""
    parts = [part for part in path.split("/") if part]
    fields = dict(parse_qsl(query)) | (dict(parse_qsl(body.decode())) if method == "POST" else {})
    if parts[-3:] == ["settings", "apps", "new"]:
        return _new_app(world, parts, fields)
    if parts == ["login", "oauth", "authorize"]:
        agreed = signin.authorize(world, method, fields)
        return agreed if isinstance(agreed, Answer) else _page(*agreed)
    if parts == ["login", "oauth", "access_token"]:
        return signin.exchange(world, fields)
    if parts[:1] == ["apps"] and parts[2:] == ["installations", "new"]:
        return _install(world, method, parts[1], fields)
    repo = world.repository("/".join(parts[:2])) if len(parts) > 1 else None
    if repo is not None:
        return await _repository(world, repo, parts[2:])
    listed = "".join(f"<li>{_link(world, one.full_name)}" for one in world.repositories.values())
    return _page("Repositories", f"<ul>{listed}</ul>") if not parts else _page("Not Found", "", 404)


def _new_app(world: World, parts: list[str], fields: dict[str, str]) -> Answer:
    """The manifest flow: agreeing leads back to the redirect address with a code."""
    if "manifest" not in fields:
        return _page("Register an App", "<p>This page takes a form with a manifest.</p>", 400)
    manifest = json.loads(fields["manifest"])
    granted = manifest.get("default_permissions", {})
    names = [name for name in manifest.get("default_events", []) if not _may_hear(granted, name)]
    if names:
        return _page("Register an App", f"<p>Default events unsupported: {html.escape(', '.join(names))}</p>", 422)
    if "agreed" in fields:
        code = secrets.token_hex(20)
        world.manifests[code] = manifest
        target = manifest["redirect_url"]
        given = {"code": code} | ({"state": fields["state"]} if "state" in fields else {})
        return Answer(b"", 302, {"Location": f"{target}{'&' if '?' in target else '?'}{urlencode(given)}"})
    hidden = {"manifest": fields["manifest"], "agreed": "yes", "state": fields.get("state", "")}
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(text)}">' for name, text in hidden.items() if text
    )
    action = html.escape("/" + "/".join(parts))
    button = f"<button>Create GitHub App {html.escape(manifest.get('name', ''))}</button>"
    shown = f"<pre>{html.escape(json.dumps(manifest, indent=2))}</pre>"
    return _page("Register an App", f'{shown}<form method="post" action="{action}">{inputs}{button}</form>')


def _may_hear(granted: dict[str, str], event: str) -> bool:
    return event not in events.NEEDS or auth.allows(granted, f"{events.NEEDS[event]}:read")


def _install(world: World, method: str, slug: str, fields: dict[str, str]) -> Answer:
    app = next((one for one in world.apps.values() if one.slug == slug), None)
    if app is None:
        return _page("Not Found", "", 404)
    if method == "POST":
        made = apps.install(world, app, world.account(fields["account"]), None)
        return _page("Installed", f"<p>{html.escape(app.name)} is installed, number {made.id}.</p>")
    owners = sorted({repo.owner.login for repo in world.repositories.values()})
    buttons = "".join(
        f'<button name="account" value="{html.escape(owner)}">{html.escape(owner)}</button> ' for owner in owners
    )
    return _page(f"Install {app.name}", f'<form method="post">Install on: {buttons}</form>')


async def _repository(world: World, repo: Repository, parts: list[str]) -> Answer:
    match parts:
        case []:
            return _front(world, repo)
        case ["issues" | "pull", number] if number.isdigit() and (one := repo.issues.get(int(number))):
            return await _issue(world, repo, one)
        case ["pull", name] if (
            name.endswith(".diff") and name[:-5].isdigit() and (one := repo.issues.get(int(name[:-5])))
        ):
            return Answer((await _diff(repo, one)).encode(), headers={"Content-Type": "text/plain; charset=utf-8"})
        case ["runs", number] if number.isdigit():
            return _check(repo, int(number))
        case ["commit", sha]:
            text = await repo.objects.run("show", "--end-of-options", sha)
            return _page(f"Commit {sha[:10]}", f"<pre>{html.escape(text)}</pre>")
        case ["tree", *branch]:
            text = await repo.objects.run("log", "-20", "--oneline", "--end-of-options", "/".join(branch))
            return _page(f"Branch {'/'.join(branch)}", f"<pre>{html.escape(text)}</pre>")
    return _page("Not Found", "", 404)


def _front(world: World, repo: Repository) -> Answer:
    rows = []
    for one in reversed(repo.issues.values()):
        kind = "issues" if one.pull is None else "pull"
        name = f"{repo.full_name}/{kind}/{one.number}"
        rows.append(f"<li>{_link(world, name, f'#{one.number} {one.title}')} <small>{one.state}</small>")
    return _page(repo.full_name, f"<ul>{''.join(rows)}</ul>")


async def _issue(world: World, repo: Repository, one: Issue) -> Answer:
    facts = [
        one.state,
        *(f"label {label.name}" for label in one.labels),
        *(f"assigned {who.login}" for who in one.assignees),
    ]
    if one.pull is not None:
        facts[0] = "merged" if one.pull.merged_at else "draft" if one.pull.draft and one.state == "open" else one.state
        facts.append(f"{one.pull.head_ref} into {one.pull.base_ref}")
    blocks = [_said(one.user.login, one.created_at, one.body or "")]
    blocks += [_said(said.user.login, said.updated_at, said.body) for said in one.comments]
    if one.pull is not None:
        for said in one.pull.reviews:
            blocks.append(_said(f"{said.user.login} {said.state.lower()}", said.submitted_at or "", said.body))
        checks = [check for check in repo.checks if check.head_sha == one.pull.head_sha]
        links = [
            _link(world, f"{repo.full_name}/runs/{check.id}", f"{check.name}: {check.conclusion or check.status}")
            for check in checks
        ]
        blocks += [f"<p>{link}</p>" for link in links]
        blocks.append(f"<pre>{html.escape(await _diff(repo, one))}</pre>")
    return _page(
        f"{one.title} #{one.number}", f"<p><small>{html.escape(' · '.join(facts))}</small></p>{''.join(blocks)}"
    )


def _check(repo: Repository, number: int) -> Answer:
    for one in repo.checks:
        if one.id == number:
            state = f"<p><small>{one.conclusion or one.status} · {html.escape(one.head_sha)}</small></p>"
            return _page(
                f"{one.name}: {one.title or ''}", state + _MARKDOWN.render(f"{one.summary or ''}\n\n{one.text or ''}")
            )
    return _page("Not Found", "", 404)


async def _diff(repo: Repository, one: Issue) -> str:
    if one.pull is None:
        return ""
    base = await repo.objects.merge_base(one.pull.base_sha, one.pull.head_sha)
    return await repo.objects.run("diff", base or one.pull.base_sha, one.pull.head_sha)


def _said(who: str, at: str, body: str) -> str:
    return f"<article><small>{html.escape(who)} · {at}</small>{_MARKDOWN.render(body)}</article>"


def _link(world: World, path: str, text: str = "") -> str:
    return f'<a href="{html.escape(f"{world.url}/{path}")}">{html.escape(text or path)}</a>'


def _page(title: str, body: str, status: int = 200) -> Answer:
    whole = _PAGE.format(title=html.escape(title), body=body)
    return Answer(whole.encode(), status, {"Content-Type": "text/html; charset=utf-8"})
