"""The ports of servers that are started again."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.ports import port_to_keep


def test_a_port_to_keep_is_none_that_connections_are_given() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(1024 < port_to_keep() < first for _ in range(50))
