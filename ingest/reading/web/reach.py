"""Networks that a fetch may reach: no redirect leads nearer to this machine than the address that was typed."""

from __future__ import annotations

import ipaddress
from enum import IntEnum

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Nearness(IntEnum):
    """How near to this machine an IP address is."""

    PUBLIC = 0
    PRIVATE = 1  # RFC 1918, unique local, shared and reserved ranges
    LINK_LOCAL = 2  # where clouds keep the keys of a machine
    LOOPBACK = 3


def nearness(address: str) -> Nearness:
    """Return how near an IP address is; of one that carries an IPv4 address, that of the IPv4 address."""
    ip: IPAddress = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    if ip.is_loopback or ip.is_unspecified:
        return Nearness.LOOPBACK
    if ip.is_link_local:
        return Nearness.LINK_LOCAL
    return Nearness.PUBLIC if ip.is_global and not ip.is_multicast else Nearness.PRIVATE


class Reach:
    """Bound on the IP addresses of one fetch: the first connection, to the host that was typed, sets it."""

    def __init__(self) -> None:
        self._bound: Nearness | None = None

    def allows(self, address: str) -> bool:
        """Return whether an IP address may be connected to."""
        return self._bound is None or nearness(address) <= self._bound

    def set_by(self, address: str) -> None:
        """Take note of an IP address that was connected to."""
        if self._bound is None:
            self._bound = nearness(address)

    def takes_unresolved(self, host: str) -> bool:
        """Return whether a proxy may be asked for a host, and take note of it: a name that it resolves is public."""
        address = "127.0.0.1" if host.rstrip(".") == "localhost" else host
        try:
            near = nearness(address)
        except ValueError:
            near = Nearness.PUBLIC
        if self._bound is None:
            self._bound = near
        return near <= self._bound
