"""Addresses that are not the internet's: IANA's special-purpose registries as a table.

Python's own list follows the registries late and leaves out what is "globally reachable" by their
letter though nothing public is served there (anycast relays, benchmarks, documentation of 2024).
Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890 and its updates.
"""

from __future__ import annotations

import ipaddress

_IPV4 = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
    *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
)
_IPV6 = (
    *("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32"),
    *("2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
)
NETWORKS: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = (
    *map(ipaddress.IPv4Network, _IPV4),
    *map(ipaddress.IPv6Network, _IPV6),
)
"""None of these is reached from a box, nor an IPv6 address outside of `UNICAST`."""

UNICAST = ipaddress.IPv6Network("2000::/3")
"""What IANA has given out of IPv6 so far."""


def is_special(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address has a purpose of its own, or lies where nothing was given out yet."""
    if isinstance(ip, ipaddress.IPv6Address) and (ip not in UNICAST or _is_isatap(ip)):
        return True
    return any(ip in network for network in NETWORKS)


def _is_isatap(ip: ipaddress.IPv6Address) -> bool:
    """Whether the address holds one of IPv4's, to which a machine with that tunnel sends what is sent to it."""
    return int(ip) >> 32 & 0xFDFFFFFF == 0x5EFE


_OF_THE_MACHINE = tuple(
    map(
        ipaddress.ip_network,
        ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/128", "::1/128", "fe80::/10", "ff00::/8"),
    )
)
"""This machine itself, its link, and no machine at all."""
METADATA = frozenset(
    map(
        ipaddress.ip_address,
        ("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"),
    )
)
"""Where clouds tell a machine its own credentials; one of them lies among public addresses."""


def is_of_the_machine(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address leads to the machine itself, to its link, or to its cloud's metadata.

    No operator means these by the name of a mirror in his own network.
    """
    if ip in METADATA:
        return True
    return any(ip.version == network.version and ip in network for network in _OF_THE_MACHINE)
