"""What a worker does for pages and the API: rollbacks and their plans, larger budgets, new runs.

All of it goes through `workflows.runs.actions`, as the person who asked: their role is looked at there once more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import choices
from bot.app import App
from bot.forge.local import in_use_at
from bot.webhook.events.code import OnPull, PullDetails
from bot.webhook.events.conversation import Actor, EventPlace, OnIssue
from bot.webhook.run_inputs import RunRequest
from bot.webhook.start import Starting
from sandbox.errors import TransientError, UserError
from sandbox.trees.rollback import Mode
from workflows.engine import logged
from workflows.errors import RunError
from workflows.registry import READ_ONLY
from workflows.runs import actions
from workflows.runs.principal import Principal, Role
from workflows.runs.raising import Raise
from workflows.store import audit
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.store.web import orders
from workflows.store.web.orders import Order, OrderKind, OrderState
from workflows.values import Issue, Spent

log = logging.getLogger(__name__)

_LATER_SECONDS = 10.0
_MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class OrderWork:
    """Carries out one order. `starting` starts runs on GitHub."""

    app: App
    starting: Starting

    async def carry_out(self, order: Order) -> None:
        """Do it, and close it with what came of it, or put it off."""
        with logged.about(run=order.run_id, order=order.id):
            await self._attempt(order)

    async def _attempt(self, order: Order) -> None:
        store = self.app.store
        try:
            result = await self._done(order)
        except TransientError as error:
            log.warning("order %s is put off: %s", order.id, error)
            await store.write(orders.put_off, order, error.retry_after or _LATER_SECONDS)
        except UserError as error:
            refused = {"sentence": error.sentence, "remedy": error.remedy}
            await store.write(orders.close, order, OrderState.REFUSED, refused)
        except Exception:  # a root: an error of ours in one order leaves the others their turn
            log.exception("order %s: an error of ours", order.id)
            words = f"Pullwright itself failed at this. Whoever runs it finds the details in its log under {order.id}."
            await store.write(orders.close, order, OrderState.REFUSED, {"sentence": words, "remedy": ""})
        else:
            await store.write(orders.close, order, OrderState.DONE, result)

    async def _done(self, order: Order) -> Mapping[str, Any]:
        who = _principal(order.principal)
        match order.kind:
            case OrderKind.START:
                return await self._start(order, who)
            case OrderKind.RETRY:
                return await self._retry(order, who)
            case OrderKind.PLAN:
                return await self._plan(order, who)
            case OrderKind.ROLLBACK:
                return await self._roll_back(order, who)

    async def _plan(self, order: Order, who: Principal) -> Mapping[str, Any]:
        mode, count = Mode(order.arguments["mode"]), int(order.arguments["count"])
        undoing = await actions.plan_rollback(self.app.runs, self.app.services, order.run_id, who, mode, count)
        found = await undoing.prospects(in_use_at(Path(undoing.run.repository)))
        lines = [{"line": one.line, "obstacle": one.obstacle} for one in found[:_MOST_LINES]]
        steps = [one.key for one in undoing.undone]
        return {"lines": lines, "more": max(0, len(found) - _MOST_LINES), "kept": await undoing.kept(), "steps": steps}

    async def _roll_back(self, order: Order, who: Principal) -> Mapping[str, Any]:
        mode, count = Mode(order.arguments["mode"]), int(order.arguments["count"])
        run = await self.app.store.read(runs.get_run, order.run_id)
        in_use = in_use_at(Path(run.repository))
        them = self.app.runs, self.app.services
        await actions.rollback(*them, run.id, who, mode, count, in_use=in_use)
        done = await self.app.store.read(audit.detail_of, run.id, who.reference) or {}
        lines = [{"line": line, "obstacle": ""} for line in done.get("lines", ())]
        kept: tuple[str, ...] = ()
        if mode is Mode.SOFT:
            kept = await (await actions.plan_rollback(*them, run.id, who, mode)).kept()
        return {"lines": lines, "more": 0, "kept": kept, "steps": done.get("steps", ()), "left": done.get("left", ())}

    async def _retry(self, order: Order, who: Principal) -> Mapping[str, Any]:
        settings = self.app.settings

        def need_price(run: Run, spent: Spent) -> None:
            model = run.options.model or settings.model
            choices.price_warning(settings, model, run.options.bounds.usd, "budget", spent)

        budget = Raise(str(order.arguments["budget"]), settings.max_raised_cost, need_price)
        run = await actions.retry(self.app.runs, order.run_id, who, str(order.arguments["step"]), budget)
        return {"run": run.id}

    async def _start(self, order: Order, who: Principal) -> Mapping[str, Any]:
        wanted, starting = order.arguments, self.starting
        event = await self._event(order)
        if event.closed and wanted["workflow"] not in READ_ONLY:
            raise RunError(f"The {event.subject.kind} is closed.", "Reopen it, then ask again.")
        repository = await starting.repository_of(event)
        if not who.operator and repository != who.repository and not _same(repository, who.repository):
            raise RunError("The repository is another one by now.", "Ask again.")
        request = RunRequest(
            event,
            f"order {order.id}",
            await starting.config(event),
            str(wanted["hint"]),
            bool(wanted["approve"]),
            role=Role(who.role),
            workflow=str(wanted["workflow"]),
            who=who,
        )
        run = await starting.start(request)
        return {"run": run.id, "new": run.inputs.get("delivery") == request.delivery}

    async def _event(self, order: Order) -> OnIssue | OnPull:
        """The issue or pull request as it is now, as something that happened to it."""
        wanted = order.arguments
        github, number = self.starting.github, int(wanted["number"])
        repository = github.repository(int(wanted["installation"]), str(wanted["repository"]))
        info, issue = await repository.info(), await repository.issue(number)
        place = EventPlace(int(wanted["installation"]), info.full_name, info.default_branch, info.archived, info.id)
        bot = github.credentials.bot_login
        account = int(order.principal.get("account", 0))
        sender = Actor(str(wanted["login"]) or bot, account, bot=not wanted["login"])
        closed = issue.state != "open"
        if issue.pull:
            return OnPull(place, sender, PullDetails(number, issue.title, issue.body, url=issue.url), closed)
        described = Issue(number, issue.title, issue.body, issue.author.login, issue.url, issue.labels)
        return OnIssue(place, sender, described, closed)


def _principal(fields: Mapping[str, Any]) -> Principal:
    return Principal(**{**fields, "role": Role(fields["role"])})


def _same(repository: str, asked: str) -> bool:
    """A repository that took over another one's name has its number behind it; the role was read for this one."""
    return repository.partition("~")[0].lower() == asked.lower()
