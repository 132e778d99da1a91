"""What proves to GitHub that we are the App, kept in a file that only its owner can read."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_serializer

from workflows.errors import ConfigError


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise ValueError("must be an address as https://github.example.com")
    return value.rstrip("/")


def _key(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().replace("\\n", "\n").strip()
    if "PRIVATE KEY-----" not in text:
        raise ValueError("must be a private key in PEM form, beginning with -----BEGIN RSA PRIVATE KEY-----")
    return SecretStr(text + "\n")


_Address = Annotated[str, AfterValidator(_address)]


class AppCredentials(BaseModel):
    """The credentials of a GitHub App. Secrets print as stars; `save` alone writes them out.

    `api_url` of a GitHub Enterprise server ends in /api/v3, `web_url` has no path.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    app_id: int = Field(gt=0)
    private_key: Annotated[SecretStr, AfterValidator(_key)]
    webhook_secret: SecretStr = Field(min_length=1)
    slug: str = Field(pattern=r"^[\w-]+$")
    client_id: str = ""
    client_secret: SecretStr | None = None
    api_url: _Address = "https://api.github.com"
    web_url: _Address = "https://github.com"

    @property
    def host(self) -> str:
        """Where repositories live, as in "github.com/owner/name"."""
        return urlsplit(self.web_url).netloc

    @property
    def bot_login(self) -> str:
        """The login under which the App comments."""
        return f"{self.slug}[bot]"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that must never be shown."""
        held = (self.private_key, self.webhook_secret, self.client_secret)
        return tuple(secret.get_secret_value() for secret in held if secret is not None)

    @field_serializer("private_key", "webhook_secret", "client_secret", when_used="json")
    def _plain(self, value: SecretStr | None) -> Any:
        return None if value is None else value.get_secret_value()


def load(path: Path) -> AppCredentials:
    """Read the file that `save` wrote; ConfigError where it is missing, open to others, or not as it must be."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            "There are no credentials of a GitHub App.", "Open /setup of the running server.", place=str(path)
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("The credentials cannot be read.", str(error), place=str(path)) from error
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError("Others can read these credentials.", f"Close them: chmod 600 {path}", place=str(path))
    try:
        return AppCredentials.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(map(str, first["loc"])) or "the file"
        raise ConfigError(
            f"{name}: {first['msg']}.",
            "Correct it, or delete the file: the next start then prints the link to /setup.",
            place=str(path),
        ) from None


def save(credentials: AppCredentials, path: Path) -> None:
    """Write the file with mode 0600, whole or not at all, and for good: GitHub tells these things once."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(credentials.model_dump_json(indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
