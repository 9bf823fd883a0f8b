"""What the worker counts can be read while it runs, and an address that cannot be used is said in a sentence."""

import socket
from urllib.request import urlopen

import pytest

from cardamom.cli.worker_metrics import told_at
from cardamom.db.problems import SettingProblem
from cardamom.wallet import courier_metrics


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_prometheus_reads_what_is_due() -> None:
    courier_metrics.count_due({"apple": 3})
    port = _free_port()
    with told_at(("127.0.0.1", port)), urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        assert 'wallet="apple"} 3.0' in answer.read().decode()
    with pytest.raises(OSError, match="refused"):
        urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5)


def test_nothing_listens_where_nothing_was_asked_for() -> None:
    with told_at(None):
        pass


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with pytest.raises(SettingProblem, match="CARDAMOM_WORKER_METRICS"), told_at(listener.getsockname()):
            pass
