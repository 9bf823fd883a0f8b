"""Whoever has to know is told of a signal, and the server still does what it does then."""

import asyncio
import os
import signal

import pytest

from cardamom.web.stopping import told_of_stopping


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_both_the_server_and_we_are_told(number: signal.Signals) -> None:
    loop = asyncio.get_running_loop()
    server, ours = asyncio.Event(), asyncio.Event()
    loop.add_signal_handler(number, server.set)
    try:
        with told_of_stopping(ours.set):
            os.kill(os.getpid(), number)
            await asyncio.wait_for(asyncio.gather(server.wait(), ours.wait()), 5)
    finally:
        loop.remove_signal_handler(number)


async def test_afterwards_everything_is_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with told_of_stopping(lambda: None):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


async def test_where_no_server_listens_a_signal_keeps_its_meaning() -> None:
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    with told_of_stopping(lambda: None):
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
