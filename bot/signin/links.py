"""How whoever runs the server gets in where GitHub cannot say who somebody is."""

from __future__ import annotations

from bot.github.api.credentials import load
from bot.settings import Settings
from bot.signin.github_signin import GitHubSignIn
from workflows.store.database import Store
from workflows.store.web import sessions

ONCE = "/signin/once"


def is_way_by_github(settings: Settings) -> bool:
    """Whether people can sign in with GitHub: else a link is printed for the operator."""
    if not settings.public_url or not settings.credentials_file.exists():
        return False
    return GitHubSignIn(load(settings.credentials_file), "").is_set_up


def one_time_link(store: Store, port: int, host: str = "127.0.0.1") -> str:
    """A link that signs its reader in as the operator, once, on this machine. `host` is where the server listens."""
    here = "[::1]" if ":" in host else host if host.startswith("127.") else "127.0.0.1"
    return f"http://{here}:{port}{ONCE}?token={store.write_now(sessions.make_link)}"
