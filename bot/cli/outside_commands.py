"""The commands about who speaks with this server from outside: keys of its API, and hooks that it tells of runs.

What is heavy is imported where it is used, so that a command pays for what it does.
"""

from __future__ import annotations

from bot.terminal.console import prepared, say


def keys_create(name: str, scopes: list[str], login: str, repository: str, days: float | None) -> int:
    settings = prepared()
    from bot.cli.api_keys import create

    for line in create(settings, name, scopes, login=login, repository=repository, days=days):
        say(line)
    return 0


def keys_list() -> int:
    settings = prepared()
    from bot.cli.api_keys import listed

    for line in listed(settings):
        say(line)
    return 0


def keys_revoke(key: str) -> int:
    settings = prepared()
    from bot.cli.api_keys import revoke

    say(revoke(settings, key))
    return 0


def hooks_create(url: str, kinds: list[str], repository: str) -> int:
    settings = prepared()
    from bot.cli.outgoing import create

    for line in create(settings, url, kinds, repository):
        say(line)
    return 0


def hooks_list() -> int:
    settings = prepared()
    from bot.cli.outgoing import listed

    for line in listed(settings):
        say(line)
    return 0


def hooks_remove(hook: str) -> int:
    settings = prepared()
    from bot.cli.outgoing import remove

    say(remove(settings, hook))
    return 0


def hooks_log(hook: str, limit: int) -> int:
    settings = prepared()
    from bot.cli.outgoing import told

    for line in told(settings, hook, limit):
        say(line)
    return 0


def hooks_replay(message: str) -> int:
    settings = prepared()
    from bot.cli.outgoing import replay

    say(replay(settings, message))
    return 0
