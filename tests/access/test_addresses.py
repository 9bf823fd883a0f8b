"""Where a request comes from."""

from ipaddress import ip_network

import pytest

from cardamom.access.addresses import client_address, is_from_this_machine

PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))


def forwarded(*values: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-forwarded-for", value.encode()) for value in values]


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", forwarded("198.51.100.7"), "192.0.2.1"),
        ("10.0.0.1", forwarded("198.51.100.7"), "198.51.100.7"),
        ("10.0.0.1", forwarded("203.0.113.9, 198.51.100.7, 10.0.0.2"), "198.51.100.7"),
        ("10.0.0.1", forwarded("203.0.113.9", "198.51.100.7"), "198.51.100.7"),
        ("10.0.0.1", forwarded("nonsense"), "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("::ffff:10.0.0.1", forwarded("198.51.100.7"), "198.51.100.7"),
        ("2001:db8::1", forwarded("2001:4860::8"), "2001:4860::8"),
        (None, forwarded("198.51.100.7"), ""),
    ],
)
def test_only_named_proxies_are_believed(peer: str | None, told: list[tuple[bytes, bytes]], address: str):
    assert client_address(peer, told, trusted_proxies=PROXIES) == address


@pytest.mark.parametrize(
    ("peer", "headers", "here"),
    [
        ("127.0.0.1", [(b"host", b"localhost:8080")], True),
        ("127.0.0.1", [(b"host", b"127.0.0.1")], True),
        ("::1", [(b"host", b"[::1]:8080")], True),
        ("192.0.2.1", [(b"host", b"localhost")], False),
        ("127.0.0.1", [(b"host", b"evil.example")], False),
        ("127.0.0.1", [(b"host", b"localhost"), (b"x-forwarded-for", b"127.0.0.1")], False),
        ("127.0.0.1", [(b"host", b"localhost"), (b"forwarded", b"for=1")], False),
        ("127.0.0.1", [], False),
        (None, [(b"host", b"localhost")], False),
    ],
)
def test_this_machine_is_a_loopback_socket_without_a_proxy(
    peer: str | None, headers: list[tuple[bytes, bytes]], *, here: bool
):
    assert is_from_this_machine(peer, headers) is here
