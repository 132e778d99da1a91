"""Whoever sits at this machine, as the one who asks for what is done from here."""

from __future__ import annotations

from workflows.runs.principal import Principal

OPERATOR = Principal("you", "cli", operator=True)
