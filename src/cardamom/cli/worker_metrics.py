"""Where Prometheus reads what the worker counts: pushes by their answer, what is due, how far behind it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import start_http_server

from cardamom.db.problems import SettingProblem


@contextmanager
def told_at(address: tuple[str, int] | None) -> Iterator[None]:
    """Answer at `address` (host, port) while the block lasts; None answers nowhere. Raises SettingProblem."""
    if address is None:
        yield
        return
    host, port = address
    try:
        server, thread = start_http_server(port, addr=host)
    except OSError as error:
        raise SettingProblem("CARDAMOM_WORKER_METRICS", f"cannot be used: {error.strerror}.") from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
