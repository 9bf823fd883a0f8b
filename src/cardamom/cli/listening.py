"""The address that the server listens at: found out before anything is started, so that trouble is said early."""

import errno
import ipaddress
import socket
import time
from collections.abc import Iterator

import msgspec
import psutil

from cardamom.cli.problems import HostUnknown, PortTaken

#: The children of a supervisor that was killed need a moment to notice and to finish.
_PATIENCE_SECONDS = 3.0
_LOOK_EVERY_SECONDS = 0.2


class Listening(msgspec.Struct, frozen=True):
    """host: an IP address. port: never 0."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Where somebody on this machine reaches it."""
        address = ipaddress.ip_address(self.host)
        if address.is_unspecified:
            address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
        return _url(str(address), self.port)

    def urls_of_neighbours(self) -> list[str]:
        """Where other machines of the network may reach it; none when it only listens to this machine."""
        if not ipaddress.ip_address(self.host).is_unspecified:
            return []
        return [_url(address, self.port) for address in _addresses_of_this_machine()]


def _url(address: str, port: int) -> str:
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def _addresses_of_this_machine() -> Iterator[str]:
    for addresses in psutil.net_if_addrs().values():
        for address in addresses:
            if address.family == socket.AF_INET and not ipaddress.ip_address(address.address).is_loopback:
                yield address.address


def find_listening(host: str, port: int) -> Listening:
    """The address, once it is free. port: 0 takes any free one. Raises PortTaken and HostUnknown."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return _try(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise HostUnknown(host, port, reason=(error.strerror or str(error)).lower()) from error
            if time.monotonic() > until:
                raise PortTaken(host, port) from error
        time.sleep(_LOOK_EVERY_SECONDS)


def _try(host: str, port: int) -> Listening:
    family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as listener:
        # Connections that ended a moment ago are no listener.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        found = listener.getsockname()
        return Listening(found[0], found[1])
