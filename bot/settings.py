"""The settings of this installation: what there is, what is taken for each, and what follows from several together."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import unquote

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
)

from bot.addresses import github_address, model_address, public_address, server_address, service_address
from bot.header_fields import fields_of, valid_fields
from bot.setting_values import (
    Admins,
    Amount,
    Bound,
    Count,
    Database,
    Hosts,
    Key,
    Listening,
    Login,
    MailAddress,
    ModelName,
    ModelNames,
    OneLine,
    PersonName,
    Place,
    Places,
    Port,
    PortOrNone,
    Prices,
)
from sandbox.errors import UserError
from workflows.cluster.timeouts import Times
from workflows.errors import ConfigError
from workflows.values import Bounds

if TYPE_CHECKING:
    from sandbox.host.configured.values import Configured

PREFIX = "PULLWRIGHT_"


TO_TELEGRAM = (
    "Write /newbot to @BotFather on Telegram, and choose a name.",
    "Put the token that it answers into a file, and name that in PULLWRIGHT_TELEGRAM_TOKEN_FILE.",
    "Start the server anew, and write /start to the bot.",
)
"""The way to a bot, line by line."""


class Settings(BaseModel):
    """What an operator decides. `load` makes it; nothing changes it afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    data: Place
    """Where everything is kept: databases, mirrors, workspaces, pull request texts, the log."""
    model: ModelName = ""
    """As litellm takes it, for example `openai/gpt-5` or `anthropic/claude-sonnet-4-5`."""
    fallback_model: ModelName = ""
    models: ModelNames = ()
    """What a repository's file may choose beside `model`, letter by letter; each with its provider's own key."""
    api_base: Annotated[str, AfterValidator(model_address)] = ""
    """The address of an OpenAI-compatible server, where it is not the provider's own."""
    api_key: Key = None
    """Where it is not set, the provider's own variable counts (OPENAI_API_KEY, ...)."""
    price: Prices | None = None
    """Dollars per million prompt and completion tokens (`1.25,10`): those of `model`, and of whatever has none."""
    sandbox: Literal["auto", "bubblewrap", "unsafe_local"] = "auto"
    strict: bool = False
    """Refuse to work where a limit of the sandbox can only be approximated."""
    toolchains: Places = ()
    """More directories that boxes may read, besides the tool chains that are found; like PATH."""
    setup_hosts: Hosts = ()
    """Hosts that a set-up may reach though their address is not public, as exact `name` or `name:port`."""
    database: Database = ""
    """SQLAlchemy's URL; a file in the data directory where it is empty."""
    places: int = Field(2, ge=1, le=64)
    """How many runs this worker works on at once; each worker of a database may have its own number."""
    repository_runs: Count = 2
    """How many runs of one repository a server works on at once; "none" for no limit."""
    installation_runs: Count = None
    """How many of one installation of the App, which is one account or organisation."""
    silent_seconds: float = Field(3.0, ge=0.5, allow_inf_nan=False)
    """On Postgres, after how long the runs of a worker are taken over that has lost its connection, or died."""
    frozen_seconds: float = Field(30.0, ge=2.0, allow_inf_nan=False)
    """On Postgres, after how long those of a silent worker are, though its connection stands."""
    keep_days: Bound = 90.0
    """For how long a run that has ended can be shown in full, gone on with and rolled back; "none" is for good."""
    keep_trees_days: Bound = 3.0
    """For how long its files stay on the disk besides; they are made again from its journal where they are needed."""
    keep_webhooks_days: Bound = 14.0
    """For how long webhooks are kept that were handled, so that a repetition is known as one."""
    max_cost: Bound = 2.0
    """Dollars per run; "none" for no bound."""
    max_minutes: Bound = 60.0
    max_raised_cost: Bound = 10.0
    """Dollars that `/retry budget=` may raise a run's bound to."""
    max_daily_cost: Bound = None
    """Dollars per UTC day and account: an owner of repositories, or all local runs together; "none" for no cap."""
    outsider_daily_cost: Bound = 5.0
    """Dollars per UTC day and repository for all runs that people without write permission cause; "none" for no cap."""
    max_files: int = Field(200, ge=1)
    """How many files one pull request may change."""
    max_diff: int = Field(1_000_000, ge=1000)
    """How many bytes its diff may have, with what binary files add."""
    author_name: PersonName = ""
    """Whom commits are by, with `author_email`; on GitHub the App's own account where they are not set."""
    author_email: MailAddress = ""
    signing_key: Place | None = None
    """The file with an SSH key (ed25519 or RSA, no passphrase) by which commits are signed, as `author_email`'s."""
    host: Listening = "127.0.0.1"
    """The address that `serve` and `web` listen on; behind a reverse proxy that speaks TLS."""
    port: Port = 8080
    health_port: PortOrNone = None
    """The port of that address on which `worker` answers `/health`; "none" for nowhere."""
    assignee: Login = ""
    """The login of a machine account: an issue that is assigned to it is worked on. An App's own account cannot be."""
    label: OneLine = Field("pullwright", max_length=50)
    """The label that asks for work on an issue, where the repository names no other."""
    drain_seconds: float = Field(25.0, ge=0, allow_inf_nan=False)
    """For how long a server that is to end lets what is under way finish, before it hands it over."""
    progress_seconds: Amount = 15.0
    """The least time between two edits of a run's comment on GitHub; its last word does not wait."""
    push_quiet_seconds: float = Field(60.0, ge=0, le=3600, allow_inf_nan=False)
    """For how long nobody may push to a pull request before a review that a push overtook begins anew."""
    public_url: Annotated[str, AfterValidator(public_address)] = ""
    """Where GitHub and people reach this server, for example `https://pullwright.example.org`."""
    hook_hosts: Hosts = ()
    """Hosts that outgoing webhooks may reach though their address is not public, as exact `name` or `name:port`."""
    admins: Admins = ()
    """Logins on GitHub of those who run this server: they see its deliveries, audit log and health, and may pause.

    `login:NUMBER` names the account, too, by GitHub's number (`id` at https://api.github.com/users/LOGIN).
    """
    github_url: Annotated[str, AfterValidator(github_address)] = "https://github.com"
    """The GitHub that /setup makes the App on; a GitHub Enterprise server's address otherwise."""
    github_credentials: Place | None = None
    """The file with the App's credentials; github.json in the data directory where it is not set."""
    telegram_token: SecretStr | None = None
    """What BotFather gave; without it, and without `telegram_token_file`, there is no Telegram here."""
    telegram_token_file: Place | None = None
    """A file that holds it instead."""
    telegram_webhook: bool = False
    """Have Telegram call `public_url`, which must be https, rather than asking it for what is new."""
    telegram_url: Annotated[str, AfterValidator(server_address)] = "https://api.telegram.org"
    """Telegram's own address, or that of a Bot API server of yours."""

    otlp_url: Annotated[str, AfterValidator(service_address)] = ""
    """A collector of OpenTelemetry that is told spans of runs and steps, over OTLP by HTTP: `http://collector:4318`."""
    otlp_headers: Annotated[SecretStr | None, AfterValidator(valid_fields)] = None
    """What it is to be sent besides, as `name=value,name=value`, percent-encoded where that is needed."""

    log_format: Literal["text", "json"] = "text"
    """How the log is written: lines for people, or JSON, an object a line with the run and delivery it is about."""

    @property
    def telegram_calls(self) -> str:
        """The address that Telegram is to call, "" to be asked for what is new. ConfigError where it cannot be one."""
        if not self.telegram_webhook:
            return ""
        if not self.public_url.startswith("https://"):
            remedy = f"Set {PREFIX}PUBLIC_URL, or leave {PREFIX}TELEGRAM_WEBHOOK away: then it is asked."
            raise ConfigError("Telegram calls addresses with https only.", remedy)
        return f"{self.public_url.rstrip('/')}/telegram"

    @property
    def otlp_fields(self) -> dict[str, str]:
        """Those headers."""
        return fields_of(self.otlp_headers.get_secret_value()) if self.otlp_headers is not None else {}

    @property
    def has_telegram(self) -> bool:
        return self.telegram_token is not None or self.telegram_token_file is not None

    @property
    def telegram_secret(self) -> str:
        """The bot's token, "" where there is no Telegram. ConfigError where its file cannot be read or holds none."""
        if self.telegram_token is not None:
            return _token(self.telegram_token.get_secret_value(), f"{PREFIX}TELEGRAM_TOKEN")
        if (file := self.telegram_token_file) is None:
            return ""
        try:
            return _token(file.read_text(encoding="utf-8"), str(file))
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ConfigError(f"The file with Telegram's token cannot be read: {why}.", place=str(file)) from error

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'app.sqlite'}"

    @property
    def engine_url(self) -> str:
        """On SQLite the engine has a file of its own; on Postgres a schema of its own in the same database."""
        if self.database and not self.database.startswith("sqlite"):
            return self.database
        return f"sqlite:///{self.data / 'engine.sqlite'}"

    @property
    def credentials_file(self) -> Path:
        return self.github_credentials or self.data / "github.json"

    @property
    def pulls(self) -> Path:
        """Where the pull request texts of local runs are written."""
        return self.data / "pulls"

    @property
    def log_file(self) -> Path:
        return self.data / "pullwright.log"

    @property
    def lock_file(self) -> Path:
        return self.data / "engine.lock"

    @property
    def times(self) -> Times:
        """How patient the workers of a Postgres database are with each other."""
        return Times(self.silent_seconds, self.frozen_seconds)

    def bounds(self, max_cost: float | None = None, max_minutes: float | None = None) -> Bounds:
        """What a run may spend; what was asked for wins over what is configured."""
        return Bounds(
            usd=self.max_cost if max_cost is None else max_cost,
            minutes=self.max_minutes if max_minutes is None else max_minutes,
        )

    def secrets(self) -> tuple[str, ...]:
        """What is never shown: the database's password, and the keys of the settings and of the providers."""
        own: tuple[str, ...] = (self.api_key.get_secret_value(),) if self.api_key else ()
        with suppress(ConfigError):  # said where it is used
            if token := self.telegram_secret:
                own += (token, token.partition(":")[2])
        own += tuple(self.otlp_fields.values())
        found = re.search(r"//[^:/@]*:([^@]+)@", self.database)
        password = (unquote(found[1]),) if found else ()
        return (*own, *password, *(key for name in _KEYS.values() if (key := os.environ.get(name))))

    def is_listed(self, model: str) -> bool:
        """Whether a model is one of those that only repositories choose: our key, address and price are not its."""
        return model in self.models and model != self.model

    def models_for(self, model: str) -> tuple[str, ...]:
        """Those that a run with that model may call: itself, and what stands in for it."""
        return (model, self.fallback_model) if self.fallback_model and not self.is_listed(model) else (model,)

    def missing_key(self, model: str) -> str:
        """The variable in which the provider's key is missing; "" where it is there or it is not known which it is."""
        if self.api_key is not None and not self.is_listed(model):
            return ""
        variable = _key_variable(model)
        return "" if not variable or os.environ.get(variable) else variable

    def prepare(self) -> None:
        """Make the data directory and the files that hold secrets; UserError where that cannot be.

        As root the directory can be passed (not listed) by others: boxes run as a user of
        their own, whose trees lie below. The databases and the log are ours alone either way.
        """
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            if self.data.stat().st_uid == os.geteuid():
                self.data.chmod(0o711 if os.geteuid() == 0 else 0o700)
            for name in ("app.sqlite", "engine.sqlite", "pullwright.log"):
                os.close(os.open(self.data / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            with tempfile.TemporaryFile(dir=self.data):
                pass
        except OSError as error:
            raise UserError(
                f"The data directory {self.data} cannot be written: {error.strerror}.",
                f"Make it writable for this user, or set {PREFIX}DATA to another directory.",
            ) from error


def of_this_machine() -> Configured:
    """What the tools of this machine are configured for: registries, certificates, the way out."""
    from sandbox.host.configured.discover import configured  # only who opens boxes asks

    return configured(os.environ, Path.home())


def _token(text: str, place: str) -> str:
    if not re.fullmatch(r"\d{1,20}:[\w-]{20,100}", text.strip(), re.ASCII):
        remedy = "It is what BotFather answers to /newbot or /token: digits, a colon, and letters."
        raise ConfigError("This is no token of a Telegram bot.", remedy, place=place)
    return text.strip()


_KEYS = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "groq": "GROQ_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "xai": "XAI_API_KEY",
}
"""The providers that take nothing but one key; of the others only a call can tell."""


def _key_variable(model: str) -> str:
    provider, slash, _ = model.partition("/")
    if not slash:
        provider = "anthropic" if model.startswith("claude") else "openai" if re.match(r"gpt|o\d", model) else ""
    return _KEYS.get(provider, "")
