"""Where a request comes from, believing only proxies that the operator named."""

import ipaddress
from collections.abc import Iterable, Sequence

from cardamom.db.settings import Network

#: What a proxy adds. A request with one of these was not typed on this machine.
PROXY_HEADERS = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via"})
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def client_address(
    peer: str | None, headers: Iterable[tuple[bytes, bytes]], *, trusted_proxies: Sequence[Network]
) -> str:
    """The address of the visitor: the socket's, or what the last proxy that is not ours was seen from.

    peer: the socket's address; None for a Unix socket. headers: raw, names in small letters.
    """
    address = peer or ""
    if not _is_in(address, trusted_proxies):
        return address
    forwarded = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1")
    for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not _is_address(hop):
            return address
        address = hop
        if not _is_in(hop, trusted_proxies):
            return hop
    return address


def is_from_this_machine(peer: str | None, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a person at this machine asks directly: a loopback socket, a local Host, and no proxy's header.

    The Host is looked at because a page of another site can have a name that leads to 127.0.0.1.
    """
    if not _is_address(peer or "") or not ipaddress.ip_address(peer or "").is_loopback:
        return False
    host = b""
    for name, value in headers:
        if name in PROXY_HEADERS:
            return False
        if name == b"host":
            host = value
    return _without_port(host.decode("latin-1")) in _LOCAL_NAMES


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_in(text: str, networks: Sequence[Network]) -> bool:
    if not networks or not _is_address(text):
        return False
    address = ipaddress.ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in network for network in networks)
