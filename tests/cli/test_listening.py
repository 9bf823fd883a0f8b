"""The address is known, and known to be free, before anything is started."""

import socket

import pytest

from cardamom.cli import listening
from cardamom.cli.listening import Listening, find_listening
from cardamom.cli.problems import HostUnknown, PortTaken


def test_any_free_port_is_found() -> None:
    found = find_listening("127.0.0.1", 0)
    assert found.port > 0
    assert found.url == f"http://127.0.0.1:{found.port}"


def test_a_name_becomes_an_address() -> None:
    assert find_listening("localhost", 0).host in ("127.0.0.1", "::1")


def test_a_port_in_use_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_PATIENCE_SECONDS", 0.0)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortTaken, match="--port"):
            find_listening("127.0.0.1", other.getsockname()[1])


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(HostUnknown):
        find_listening("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("192.168.1.20", "http://192.168.1.20:8000"),
    ],
)
def test_the_url_can_be_opened_on_this_machine(host: str, url: str) -> None:
    assert Listening(host, 8000).url == url


def test_only_who_listens_to_everybody_has_neighbours() -> None:
    assert Listening("127.0.0.1", 8000).urls_of_neighbours() == []
    assert all(url.endswith(":8000") for url in Listening("0.0.0.0", 8000).urls_of_neighbours())
