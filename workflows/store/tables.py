"""The tables, in the order of a run's life. Times are seconds since the epoch; JSON is plain and small.

Alembic makes them (see `migrations/`); a test holds the two together.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

# SQLite only hands out row ids by itself for INTEGER; Postgres runs out of those.
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _run_id() -> sa.Column[str]:
    return sa.Column("run_id", sa.Text, sa.ForeignKey("workflow_runs.id", ondelete="CASCADE"), nullable=False)


def _account(name: str = "account") -> sa.Column[int]:
    """GitHub's number of whoever had the login, which stays theirs when that changes; 0 where it is not known."""
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def _some(name: str, *columns: str, where: str) -> sa.Index:
    """An index over those rows only; a query uses it where it says the same words."""
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


IN_LINE = "status = 'pending' AND admitted < segment"
"""Runs that wait for a place."""

AT_WORK = "status IN ('pending', 'running') AND admitted >= segment"
"""Runs that have one."""

workflows = sa.Table(
    "workflows",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True, server_default=""),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("steps", sa.JSON, nullable=False),
    sa.Column("items", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("on_failure", sa.Text, nullable=False, server_default=""),
)
"""Each definition that ever ran: its steps as [[key, title]], so that old runs can still be drawn, and its items as
`ItemRecord`, so that they go on with what they began with. `digest` tells shapes of one version apart.
"""

workflow_runs = sa.Table(
    "workflow_runs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("workflow", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("installation", sa.Text, nullable=False, server_default=""),
    sa.Column("repository_id", sa.BigInteger),
    sa.Column("subject_kind", sa.Text, nullable=False, server_default=""),
    sa.Column("subject_number", sa.Integer),
    sa.Column("subject_name", sa.Text, nullable=False, server_default=""),
    sa.Column("pull", sa.Integer),
    sa.Column("merged", sa.Boolean),
    sa.Column("delivery", sa.Text),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("active_key", sa.Text, unique=True),
    sa.Column("definition", sa.Text, nullable=False, server_default=""),
    sa.Column("inputs", sa.JSON, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("current_step", sa.Text, nullable=False),
    sa.Column("segment", sa.Integer, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("admitted", sa.Integer, nullable=False, server_default="-1"),
    sa.Column("error_text", sa.Text, nullable=False),
    sa.Column("advice", sa.JSON, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("updated_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Column("admitted_at", sa.Float),
    sa.Column("cleaned_at", sa.Float),
    sa.Index("ix_workflow_runs_status", "status"),
    sa.Index("ix_workflow_runs_created_at", "created_at"),
    sa.Index("ix_workflow_runs_repository", "repository", "created_at"),
    sa.Index("ix_workflow_runs_repository_id", "repository_id", "created_at"),
    sa.Index("ix_workflow_runs_subject", "repository", "subject_number"),
    sa.Index("ix_workflow_runs_pull", "repository", "pull"),
    sa.Index("ix_workflow_runs_delivery", "delivery"),
    sa.Index("ix_workflow_runs_admitted_at", "repository", "admitted_at"),
    _some("ix_workflow_runs_merged", "created_at", "workflow", "repository", "merged", where="pull IS NOT NULL"),
    sa.Index("ix_workflow_runs_history", "created_at", "repository", "status", "current_step", "pull", "ended_at"),
    _some("ix_workflow_runs_in_line", "repository", "created_at", where=IN_LINE),
    _some("ix_workflow_runs_at_work", "repository", where=AT_WORK),
)
"""`active_key` names what only one live run may work on (an issue); it is NULL once the run has ended. `definition` is
the digest of what it was begun with.

`admitted` is the last segment that was given a place and handed to the engine; a pending run
with a newer segment waits in line. `installation` is "" for a run that came from no forge. `repository_id`,
the subject, `pull` and `delivery` stand in inputs and state, too: here each comment on GitHub looks for its run.
`merged` says what became of its pull request, NULL while that is open, or where nobody said so. After
`cleaned_at` only this row, its audit and its bill are left of the run.
"""

workflow_steps = sa.Table(
    "workflow_steps",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    _run_id(),
    sa.Column("segment", sa.Integer, nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("output", sa.Text, nullable=False),
    sa.Column("next", sa.JSON, nullable=False),
    sa.Column("state_before", sa.JSON, nullable=False),
    sa.Column("mark_before", sa.Text, nullable=False),
    sa.Column("mark_after", sa.Text, nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Column("worker", sa.Text, nullable=False, server_default=""),
    sa.Column("death", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("run_id", "segment", "ordinal", "attempt"),
)
"""One row per attempt. (run, segment, ordinal) is the place in the walk; `next` is what the walker was told.

`worker` says whose process makes it, and `death` what that one's end says about the step: see
`workflows.store.cluster.deaths`.
"""

workflow_changes = sa.Table(
    "workflow_changes",
    metadata,
    sa.Column("seq", _Id, primary_key=True, autoincrement=True),
    _run_id(),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("tool", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("mark_before", sa.Text, nullable=False),
    sa.Column("mark_after", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("path", sa.LargeBinary, nullable=False),
    sa.Column("old_path", sa.LargeBinary, nullable=False),
    sa.Column("before_mode", sa.Text, nullable=False),
    sa.Column("after_mode", sa.Text, nullable=False),
    sa.Column("before_blob", sa.Text, nullable=False),
    sa.Column("after_blob", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("undo", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
    sa.Index("ix_workflow_changes_run_id", "run_id", "seq"),
    _some("ix_workflow_changes_before_blob", "before_blob", where="before_blob <> ''"),
    _some("ix_workflow_changes_after_blob", "after_blob", where="after_blob <> ''"),
)
"""The journal. `kind` is "file" or "effect"; paths are bytes, since file names need not be text."""

blobs = sa.Table(
    "blobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
"""Contents of files by git blob id, zlib-compressed; `size` is before compression."""

waits = sa.Table(
    "waits",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    _run_id(),
    sa.Column("segment", sa.Integer, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("binding", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Float),
    sa.Column("default_action", sa.Text, nullable=False),
    sa.Column("asked_at", sa.Float, nullable=False),
    sa.Column("answered_at", sa.Float),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("answered_by", sa.Text, nullable=False),
    sa.Column("reminded_at", sa.Float),
    sa.UniqueConstraint("run_id", "segment"),
)
"""`kind` is "approval" (answer: approve or reject) or "question" (answer: free text)."""

transcript = sa.Table(
    "transcript",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    _run_id(),
    sa.Column("conversation", sa.Text, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("message", sa.JSON, nullable=False),
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.UniqueConstraint("run_id", "conversation", "seq"),
)
"""What was said to and by the model, append-only; `mark` is the tree after the message."""

model_calls = sa.Table(
    "model_calls",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    _run_id(),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("cached_tokens", sa.Integer, nullable=False),
    sa.Column("usd", sa.Float),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("ix_model_calls_run_id", "run_id"),
    sa.Index("ix_model_calls_at", "at"),
)
"""Every call with what it took; `usd` is NULL where the price is not known."""

day_costs = sa.Table(
    "day_costs",
    metadata,
    sa.Column("day", sa.Integer, primary_key=True),
    sa.Column("repository", sa.Text, primary_key=True),
    sa.Column("usd", sa.Float, nullable=False),
)
"""Dollars of all booked calls by day (of UTC, since the epoch) and repository, so that no page has to add them up."""

open_calls = sa.Table(
    "open_calls",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    _run_id(),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("usd", sa.Float),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("ix_open_calls_run_id", "run_id"),
    sa.Index("ix_open_calls_at", "at"),
)
"""Calls that were begun, each with the most it may take, until its answer is booked."""

printed = sa.Table(
    "printed",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    _run_id(),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("exit_code", sa.Integer, nullable=False),
    sa.Column("killed", sa.Text, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("output", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("ix_printed_run_id", "run_id", "step"),
    _some("ix_printed_killed", "killed", where="killed <> ''"),
)
"""What each command of a run printed, packed by zlib."""

github_quotas = sa.Table(
    "github_quotas",
    metadata,
    sa.Column("whose", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("most", sa.Integer, nullable=False),
    sa.Column("remaining", sa.Integer, nullable=False),
    sa.Column("resets_at", sa.Float, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
"""What GitHub said last is left of its limits, by whose they are; any process that asks it writes it down."""

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("guid", sa.Text, primary_key=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error_text", sa.Text, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("handled_at", sa.Float),
    sa.Column("due_at", sa.Float, nullable=False, server_default="0"),
    sa.Column("claimed_by", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_deliveries_status", "status", "received_at"),
)
"""Webhooks as they came, raw; `status` is stored, handled, ignored or failed. A stored one is taken up at `due_at`.

`claimed_by` is the worker that took it up last: what one that is gone was handling is due at once.
"""

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    _run_id(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("lease", sa.Text, nullable=False, server_default=""),
    sa.Column("lease_until", sa.Float, nullable=False, server_default="0"),
    sa.UniqueConstraint("run_id", "kind", "target"),
)
"""Comments and messages that are ours: found and edited, not repeated. `lease` is the worker that writes just now."""

run_events = sa.Table(
    "run_events",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    _run_id(),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
"""The feed: a row for each change of a run, written with it. See `workflows.store.run_events`."""

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("process", sa.Integer, nullable=False),
    sa.Column("places", sa.Integer, nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
    sa.Column("left_at", sa.Float),
    sa.Column("boot", sa.Text, nullable=False, server_default=""),
    sa.Column("ending", sa.Text, nullable=False, server_default=""),
)
"""Who works on this database. `seen_at` and `left_at` are by the database's clock; who has left never comes back.

`boot` is the start of its machine; `ending` says how it came not to count: `workflows.store.cluster.workers.Ending`.
"""

pauses = sa.Table(
    "pauses",
    metadata,
    sa.Column("repository", sa.Text, primary_key=True),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
"""What stands still until somebody has it go on: a repository, in lower case as runs name it, or with "" everything."""

audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Index("ix_audit_log_run_id", "run_id"),
)
"""Who asked for what, when, and from where. Rows outlive their run."""

web_sessions = sa.Table(
    "web_sessions",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("login", sa.Text, nullable=False),
    _account(),
    sa.Column("operator", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Index("ix_web_sessions_login", "login"),
)
"""Who is signed in to the pages: by the hash of what their browser holds. An `operator` came by a one-time link."""

admin_accounts = sa.Table(
    "admin_accounts",
    metadata,
    sa.Column("login", sa.Text, primary_key=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
)
"""Which account of GitHub's first signed in with a login (in lower case) that the settings name without a number."""

signin_links = sa.Table(
    "signin_links",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("expires_at", sa.Float, nullable=False),
)
"""One-time links that were printed and not used."""

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("login", sa.Text, nullable=False),
    _account(),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("expires_at", sa.Float),
    sa.Column("used_at", sa.Float),
    sa.Column("revoked_at", sa.Float),
)
"""Keys of the API, by their hash. `login` is the person on GitHub whose rights it has at most, "" for the operator's;
`repository` is the only one that it is good for, "" where it is for all of them.
"""

api_answers = sa.Table(
    "api_answers",
    metadata,
    sa.Column("who", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("ix_api_answers_at", "at"),
)
"""What was answered to requests that carried an idempotency key; `status` is 0 while one is under way."""

orders = sa.Table(
    "orders",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("principal", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
    sa.Column("asked_at", sa.Float, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("done_at", sa.Float),
    sa.Index("ix_orders_state", "state", "due_at"),
    sa.Index("ix_orders_run_id", "run_id", "asked_at"),
)
"""What a page or the API asks a worker to do, since it takes a worker's trees, forge or model.

`state` is asked, done or refused. One that a worker has taken is due again at `due_at`, however that worker ended.
"""

telegram_chats = sa.Table(
    "telegram_chats",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    sa.Column("chat", sa.BigInteger, nullable=False),
    sa.Column("thread", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("private", sa.Boolean, nullable=False),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("muted_until", sa.Float, nullable=False, server_default="0"),
    sa.Column("quiet", sa.Text, nullable=False, server_default=""),
    sa.Column("gone", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("chat", "thread"),
)
"""Chats, and topics of forums (`thread`), that something was asked in. `gone` says why nothing can be said there."""

telegram_people = sa.Table(
    "telegram_people",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("login", sa.Text, nullable=False),
    _account("github"),
    sa.Column("linked_at", sa.Float, nullable=False),
    sa.Column("told", sa.Boolean, nullable=False),
    sa.Index("ix_telegram_people_login", "login"),
)
"""Whose on GitHub an account of Telegram has shown to be; `told` once its chat has confirmed it."""

telegram_codes = sa.Table(
    "telegram_codes",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column("login", sa.Text, nullable=False, server_default=""),
)
"""Codes that were shown in private chats, by their hash; `login` is who redeemed one, "" while nobody has."""

telegram_subscriptions = sa.Table(
    "telegram_subscriptions",
    metadata,
    sa.Column("place", _Id, sa.ForeignKey("telegram_chats.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("repository", sa.Text, primary_key=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("hears", sa.Text, nullable=False),
    sa.Column("since", sa.Float, nullable=False),
    sa.Index("ix_telegram_subscriptions_repository", "repository"),
)
"""Which runs are shown in a chat: those of a repository that `account` may see, changed after `since`."""

telegram_buttons = sa.Table(
    "telegram_buttons",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("place", _Id, sa.ForeignKey("telegram_chats.id", ondelete="CASCADE"), nullable=False),
    _run_id(),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("segment", sa.Integer, nullable=False),
    sa.Column("binding", sa.Text, nullable=False),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("message", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column("used_at", sa.Float),
    sa.Column("used_by", sa.Text, nullable=False, server_default=""),
    sa.Column("used_with", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_telegram_buttons_run_id", "run_id", "place"),
    sa.Index("ix_telegram_buttons_message", "place", "message"),
)
"""What a press of a button means. `account` is who may press it, 0 for whoever is linked; `segment` and `binding` are
those of the run and of its question as they were shown. With a `message` it is a reply to that one that counts.
"""

telegram_updates = sa.Table(
    "telegram_updates",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("chat", sa.BigInteger, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("answer", sa.JSON(none_as_null=True)),
    sa.Index("ix_telegram_updates_status", "status", "id"),
)
"""What Telegram delivered, as it came, by its number; `status` is stored, handled or failed.

`answer` is what is said about it, kept before it is.
"""

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)
"""Duties that one process has at a time, and another takes over."""

hooks = sa.Table(
    "hooks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("kinds", sa.JSON, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("cursor", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Column("ended_why", sa.Text, nullable=False),
)
"""Addresses that are told of runs. `secret` is what messages are signed with, so it stands here as it is; `cursor` is
how far the feed was turned into messages.
"""

hook_messages = sa.Table(
    "hook_messages",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hook", sa.Text, sa.ForeignKey("hooks.id", ondelete="CASCADE"), nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("error_text", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("done_at", sa.Float),
    sa.Index("ix_hook_messages_state", "state", "due_at"),
    sa.Index("ix_hook_messages_hook", "hook", "created_at"),
)
"""What is told to those addresses, written with the hook's cursor; `state` is due, sent or failed."""
