"""What other programs call our commands: somebody who tries such a name is told ours."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

OTHER_NAMES = {
    **dict.fromkeys(("fix", "run", "start-run", "implement", "issue"), "solve"),
    **dict.fromkeys(("undo", "revert", "restore"), "rollback"),
    **dict.fromkeys(("list", "ls", "ps", "status", "history", "jobs"), "runs"),
    **dict.fromkeys(("log", "logs", "info", "view", "get", "transcript", "inspect"), "show"),
    **dict.fromkeys(("stop", "cancel", "kill"), "abort"),
    **dict.fromkeys(("continue", "go", "restart"), "resume"),
    **dict.fromkeys(("setup", "install", "configure", "login", "auth"), "init"),
    **dict.fromkeys(("check", "health", "diagnose", "ping"), "doctor"),
    **dict.fromkeys(("server", "start", "up", "daemon", "listen"), "serve"),
    **dict.fromkeys(("commands", "tests", "detection"), "detect"),
    **dict.fromkeys(("yes", "accept", "ok"), "approve"),
    **dict.fromkeys(("no", "deny", "decline"), "reject"),
    **dict.fromkeys(("changes", "patch"), "diff"),
    **dict.fromkeys(("clean", "gc", "prune", "purge"), "cleanup"),
    **dict.fromkeys(("ask", "question"), "explain"),
    **dict.fromkeys(("webhooks", "hook"), "hooks"),
    **dict.fromkeys(("key", "tokens", "token"), "keys"),
    **dict.fromkeys(("changelog", "notes"), "release-notes"),
    "reply": "answer",
    "help": "--help",
    "completion": "--show-completion",
}


class CommandGroup(TyperGroup):
    """The program's commands."""

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        name = args[0] if args else ""
        if name in OTHER_NAMES and name not in self.commands:
            ctx.fail(f"No such command {name!r}. Did you mean '{OTHER_NAMES[name]}'?")
        return super().resolve_command(ctx, args)
