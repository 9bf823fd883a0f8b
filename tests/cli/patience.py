"""Waiting for what another process does."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T | None], *, seconds: float = 30.0, what: str = "it") -> T:
    """What `look` finds, as soon as it finds something. Raises AssertionError after a while."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found is not None and found is not False:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds:.0f} s")
