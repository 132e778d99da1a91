"""The table of special addresses, by both ends of each network, and ordinary addresses beside them."""

from __future__ import annotations

import ipaddress

import pytest

from sandbox.network.outbound import is_public
from sandbox.network.special_addresses import NETWORKS


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_both_ends_of_a_special_network_are_refused(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> None:
    for at in (0, -1):
        assert not is_public(str(network[at]))


@pytest.mark.parametrize(
    "address",
    [
        *("192.0.0.192", "192.88.99.1", "3fff::1", "2620:4f:8000::1", "5f00::1", "100:0:0:1::1", "4000::1"),
        *("::ffff:10.0.0.1", "::ffff:192.88.99.1", "::7f00:1", "2002:7f00:1::", "64:ff9b::7f00:1", "fe80::1%eth0"),
        *("2606:4700::5efe:7f00:1", "2606:4700::200:5efe:10.0.0.1"),
    ],
)
def test_special_addresses_are_refused_in_whatever_they_are_carried(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "151.101.0.223", "2606:4700::1111", "2a04:4e42::223", "::ffff:1.1.1.1"])
def test_ordinary_addresses_pass(address: str) -> None:
    assert is_public(address)
