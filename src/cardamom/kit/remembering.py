"""What a process remembers up to a limit: what was not asked for longest goes first.

For what `functools.lru_cache` cannot do: values of very different sizes, and values that are put in without a call.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Values by key, of which any number of threads may ask.

    most: the sum of all weights that is kept. weigh: of a value; without it each weighs 1, and `most` is a number of
    values. The newest value stays even if it alone is heavier than that.
    """

    def __init__(self, *, most: int, weigh: Callable[[V], int] = lambda _value: 1) -> None:
        self._most = most
        self._weigh = weigh
        self._values: OrderedDict[K, V] = OrderedDict()
        self._weight = 0
        self._lock = threading.Lock()

    @property
    def weight(self) -> int:
        """Of all that is remembered now."""
        return self._weight

    def recall(self, key: K) -> V | None:
        """None for what was never kept, or dropped since."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def keep(self, key: K, value: V) -> V:
        """What is remembered by this key from here on: the value that was there first."""
        with self._lock:
            known = self._values.get(key)
            if known is not None:
                return known
            self._values[key] = value
            self._weight += self._weigh(value)
            while self._weight > self._most and len(self._values) > 1:
                _oldest, dropped = self._values.popitem(last=False)
                self._weight -= self._weigh(dropped)
            return value
