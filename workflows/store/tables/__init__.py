"""The tables, in the order of a run's life. Times are seconds since the epoch; JSON is plain and small.

Alembic makes them (see `migrations/`); a test holds the two together.
"""

from workflows.store.tables.agent import day_costs, model_calls, open_calls, printed, transcript
from workflows.store.tables.base import metadata
from workflows.store.tables.runs import (
    AT_WORK,
    IN_LINE,
    blobs,
    run_events,
    waits,
    workflow_changes,
    workflow_runs,
    workflow_steps,
    workflows,
)
from workflows.store.tables.server import audit_log, deliveries, github_quotas, leases, pauses, posts, workers
from workflows.store.tables.telegram import (
    telegram_buttons,
    telegram_chats,
    telegram_codes,
    telegram_people,
    telegram_subscriptions,
    telegram_updates,
)
from workflows.store.tables.web import (
    admin_accounts,
    api_answers,
    api_keys,
    hook_messages,
    hooks,
    orders,
    role_changes,
    signin_links,
    web_sessions,
)

__all__ = [
    "AT_WORK",
    "IN_LINE",
    "admin_accounts",
    "api_answers",
    "api_keys",
    "audit_log",
    "blobs",
    "day_costs",
    "deliveries",
    "github_quotas",
    "hook_messages",
    "hooks",
    "leases",
    "metadata",
    "model_calls",
    "open_calls",
    "orders",
    "pauses",
    "posts",
    "printed",
    "role_changes",
    "run_events",
    "signin_links",
    "telegram_buttons",
    "telegram_chats",
    "telegram_codes",
    "telegram_people",
    "telegram_subscriptions",
    "telegram_updates",
    "transcript",
    "waits",
    "web_sessions",
    "workers",
    "workflow_changes",
    "workflow_runs",
    "workflow_steps",
    "workflows",
]
