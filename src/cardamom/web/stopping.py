"""What has to happen as soon as a server is asked to stop.

A server that stops first waits for its open requests, and only then ends the application's lifespan. Requests that
have no end by themselves, as those of live pages, have to be told before.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def told_of_stopping(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` on the running event loop when SIGTERM or SIGINT comes, besides whatever the server does then.

    The server has set its own handlers before; where there are none (in tests, in a thread), nobody is told.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before: dict[int, Any] = {}
    for number in (signal.SIGTERM, signal.SIGINT):
        handler = signal.getsignal(number)
        if callable(handler):
            before[number] = handler

    def tell(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)
        before[number](number, frame)

    # The event loop hears of signals by its wakeup descriptor, so what it does is not replaced by this.
    for told in before:
        signal.signal(told, tell)
    try:
        yield
    finally:
        for told, handler in before.items():
            signal.signal(told, handler)
