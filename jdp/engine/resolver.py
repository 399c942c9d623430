"""Scrapy's resolver of names, which also knows what an IPv6 address is: itself.

Replaced by: the same in Scrapy's own. Its other resolver knows IPv6, but waits for a silent name server without end.
"""

from __future__ import annotations

from typing import Any

from scrapy.resolver import CachingThreadedResolver, HostResolution
from twisted.internet.abstract import isIPv6Address
from twisted.internet.address import IPv6Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer  # type: ignore[import-untyped]


class Resolver(CachingThreadedResolver):
    """Asks for names with a time-out; addresses need no asking."""

    def install_on_reactor(self) -> None:
        super().install_on_reactor()
        self.reactor.installNameResolver(Literals(self.reactor.nameResolver))  # type: ignore[arg-type]


@implementer(IHostnameResolver)
class Literals:
    """Answers IPv6 addresses itself; passes names on."""

    def __init__(self, names: Any) -> None:
        self.names = names

    def resolveHostName(self, receiver: Any, name: str, portNumber: int = 0, **given: Any) -> Any:  # noqa: N802, N803 - Twisted's names
        if not isIPv6Address(name):
            return self.names.resolveHostName(receiver, name, portNumber=portNumber, **given)
        resolution = HostResolution(name)
        receiver.resolutionBegan(resolution)
        receiver.addressResolved(IPv6Address("TCP", name, portNumber))
        receiver.resolutionComplete()
        return resolution
