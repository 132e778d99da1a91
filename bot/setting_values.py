"""Kinds of values that settings have: how each is written, and what is said of one that is not."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from sandbox.network.endpoints import endpoint


def or_none(value: object) -> object:
    return None if isinstance(value, str) and value.strip().lower() in ("none", "off", "unlimited") else value


def path(value: object) -> object:
    return Path(value).expanduser().absolute() if isinstance(value, str | Path) else value


def prices(value: object) -> object:
    if not isinstance(value, str):
        return value
    numbers = [part.strip().removeprefix("$") for part in value.split(",")]
    if len(numbers) != 2 or not all(numbers):
        raise PydanticCustomError("price", "Write dollars per million of each, like 1.25,10; 0,0 where it is free")
    return numbers


def model_name(value: str) -> str:
    value = value.strip()
    if "://" in value:
        raise PydanticCustomError("model", "An address belongs into PULLWRIGHT_API_BASE; here write openai/NAME")
    if re.search(r"[\s\"'`]", value) or not value.isprintable() or value[:1] == "/" or value[-1:] == "/":
        raise PydanticCustomError("model", "Write it like openai/gpt-5, without quotes or spaces")
    return value


def mail_address(value: str) -> str:
    value = value.strip()
    if value and not re.fullmatch(r"[^<>\s@]+@[^<>\s@]+", value):
        raise PydanticCustomError("mail", "Write the address alone, like bot@example.org")
    return value


def person_name(value: str) -> str:
    if re.search(r"[<>]", value) or not value.isprintable():
        raise PydanticCustomError("name", "Write the name alone, on one line and without < and >")
    return value


def login(value: str) -> str:
    value = value.strip().removeprefix("@")
    if not re.fullmatch(r"[\w-]*", value, re.ASCII):
        raise PydanticCustomError("login", "Write the account's login alone, like octocat")
    return value


def names(value: object) -> object:
    return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value


def admins(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if not re.fullmatch(r"@?[\w-]+(?::[1-9]\d{0,17})?", name, re.ASCII):
            raise PydanticCustomError(
                "admins", "Write logins, like octocat, or octocat:583231 with the account's number"
            )
    return tuple(name.removeprefix("@") for name in value)


def hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        try:
            endpoint(name)
        except ValueError as wrong:
            raise PydanticCustomError("host", "{wrong}", {"wrong": str(wrong)}) from None
    return value


def models(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(model_name, value))


def key(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not re.fullmatch(r"[!-~]+", value.get_secret_value().strip()):
        raise PydanticCustomError("key", "Write the key alone: it has no spaces, line breaks or letters beyond ASCII")
    return None if value is None else SecretStr(value.get_secret_value().strip())


def listening(value: str) -> str:
    value = value.strip()
    if value.startswith("[") or re.search(r"[^\w.:%-]", value, re.ASCII) or value.count(":") == 1:
        raise PydanticCustomError("address", "Write the address alone, like 0.0.0.0 or ::1, without a port")
    return value


def one_line(value: str) -> str:
    if not value.isprintable() or not value.strip():
        raise PydanticCustomError("line", "Write it on one line, without control characters")
    return value.strip()


def database(value: str) -> str:
    if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise PydanticCustomError("database", "Write it as postgresql+psycopg://USER:PASSWORD@HOST/NAME")
    if value.startswith("sqlite") and value.partition("///")[2].partition("?")[0] in ("", ":memory:"):
        raise PydanticCustomError(
            "database", "That is gone when the process ends; name a file, like sqlite:////var/app.db"
        )
    port = re.search(r"@[^/?@]*:([^/?:@\]]*)(?:[/?]|$)", value)
    if port and not port[1].isdecimal():
        raise PydanticCustomError(
            "database", "Its port is no number: write it as postgresql+psycopg://USER:PASSWORD@HOST:5432/NAME"
        )
    return value


def paths(value: object) -> object:
    return [path(part) for part in value.split(os.pathsep) if part] if isinstance(value, str) else value


Amount = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Bound = Annotated[Amount | None, BeforeValidator(or_none)]
Count = Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(or_none)]
Port = Annotated[int, Field(ge=0, le=65535)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Place = Annotated[Path, BeforeValidator(path)]
Places = Annotated[tuple[Place, ...], BeforeValidator(paths)]
Prices = Annotated[tuple[Price, Price], BeforeValidator(prices)]
ModelNames = Annotated[tuple[str, ...], AfterValidator(models), BeforeValidator(names)]
Hosts = Annotated[tuple[str, ...], AfterValidator(hosts), BeforeValidator(names)]
Admins = Annotated[tuple[str, ...], AfterValidator(admins), BeforeValidator(names)]
Database = Annotated[str, AfterValidator(database)]
PortOrNone = Annotated[Port | None, BeforeValidator(or_none)]
Key = Annotated[SecretStr | None, AfterValidator(key)]
Listening = Annotated[str, Field(min_length=1), AfterValidator(listening)]
OneLine = Annotated[str, AfterValidator(one_line)]
ModelName = Annotated[str, AfterValidator(model_name)]
MailAddress = Annotated[str, AfterValidator(mail_address)]
PersonName = Annotated[str, AfterValidator(person_name)]
Login = Annotated[str, AfterValidator(login)]
