"""Kinds of values that settings have: how each is written, and what is said of one that is not."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
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
    if re.search(r"[\s\"'`]", value):
        raise PydanticCustomError("model", "Write it like openai/gpt-5, without quotes or spaces")
    return value


def mail_address(value: str) -> str:
    value = value.strip()
    if value and not re.fullmatch(r"[^<>\s@]+@[^<>\s@]+", value):
        raise PydanticCustomError("mail", "Write the address alone, like bot@example.org")
    return value


def person_name(value: str) -> str:
    if re.search(r"[<>\n]", value):
        raise PydanticCustomError("name", "Write the name alone, on one line and without < and >")
    return value


def login(value: str) -> str:
    value = value.strip().removeprefix("@")
    if not re.fullmatch(r"[\w-]*", value):
        raise PydanticCustomError("login", "Write the account's login alone, like octocat")
    return value


def names(value: object) -> object:
    return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value


def admins(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if not re.fullmatch(r"@?[\w-]+(?::[1-9]\d{0,17})?", name):
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


def database(value: str) -> str:
    if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise PydanticCustomError("database", "Write it as postgresql+psycopg://USER:PASSWORD@HOST/NAME")
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
Names = Annotated[tuple[str, ...], BeforeValidator(names)]
Hosts = Annotated[tuple[str, ...], AfterValidator(hosts), BeforeValidator(names)]
Admins = Annotated[tuple[str, ...], AfterValidator(admins), BeforeValidator(names)]
Database = Annotated[str, AfterValidator(database)]
PortOrNone = Annotated[Port | None, BeforeValidator(or_none)]
ModelName = Annotated[str, AfterValidator(model_name)]
MailAddress = Annotated[str, AfterValidator(mail_address)]
PersonName = Annotated[str, AfterValidator(person_name)]
Login = Annotated[str, AfterValidator(login)]
