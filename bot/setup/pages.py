"""The pages of the set-up: plain HTML that needs no script."""

from __future__ import annotations

from html import escape

from bot.github.features import users
from bot.github.manifest import Manifest

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} · Pullwright</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 10vh auto; padding: 0 1.2rem }}
h1 {{ font-size: 1.5rem; line-height: 1.25 }}
button, .go {{ font: inherit; font-weight: 600; padding: .5rem 1.1rem; border: 0; border-radius: .4rem;
  background: #1f6f43; color: #fff; cursor: pointer; text-decoration: none; display: inline-block }}
button.quiet {{ background: none; color: inherit; border: 1px solid; font-weight: 400 }}
input {{ font: inherit; padding: .4rem .6rem }}
dt {{ font-weight: 600; margin-top: .5rem }} dd {{ margin: 0 }}
details, form {{ margin: 1.2rem 0 }}
</style></head><body><main><h1>{title}</h1>
{body}
</main></body></html>
"""


def form(action: str, manifest_json: str, manifest: Manifest, organization: str, token: str) -> str:
    """The first page. `action` is GitHub's page for a new App."""
    where = f"the organization {escape(organization)}" if organization else "your own account"
    asked = "".join(
        f"<dt>{escape(name.replace('_', ' '))}: {escape(level)}</dt><dd>{escape(users(name))}</dd>"
        for name, level in manifest.permissions.items()
    )
    return _page(
        "Make the GitHub App",
        f"""<p>GitHub makes an App that belongs to <b>{where}</b> and sends its credentials to this server.
You can change its name on the next page; names are unique on all of GitHub.</p>
<form method="post" action="{escape(action)}">
<input type="hidden" name="manifest" value="{escape(manifest_json)}">
<button>Go on to GitHub</button>
</form>
<form method="get">
<input type="hidden" name="token" value="{escape(token)}">
<label>Or for an organization: <input name="organization" value="{escape(organization)}" maxlength="39"></label>
<button class="quiet">Use this one</button>
</form>
<details><summary>What it asks for</summary><dl>{asked}</dl>
<p>Events: {escape(", ".join(manifest.events))}</p></details>""",
    )


def made(slug: str, install: str, file: str, checklist: str) -> str:
    """The last page. `install` is where the App is put on repositories; `checklist` the page that says what lacks."""
    return _page(
        f"{slug} is ready",
        f"""<p>Its credentials are in <code>{escape(file)}</code>, which only this server's user can read.</p>
<p>Now choose the repositories that it may work on:</p>
<p><a class="go" href="{escape(install)}">Install {escape(slug)}</a></p>
<p>Then <a href="{escape(checklist)}">see what else it needs</a> (the webhook, permissions, the model's key, Telegram),
and comment <code>/fix</code> on an issue there. This page does not open again.</p>""",
    )


def locked() -> str:
    return _page(
        "This set-up needs its link",
        "<p>Open the link that the server printed when it started; it carries a token. "
        "Another start prints another one.</p>",
    )


def closed() -> str:
    return _page("There is nothing to set up", "<p>This server has its GitHub App.</p>")


def failed(sentence: str, again: str) -> str:
    """What went wrong; `again` is where to begin anew, if that is known."""
    link = f'<p><a class="go" href="{escape(again)}">Begin again</a></p>' if again else ""
    return _page("That did not work", f"<p>{escape(sentence)}</p>{link}")


def _page(title: str, body: str) -> str:
    return _PAGE.format(title=escape(title), body=body)
