"""Passwords as slow hashes, without letting a crowd at the door use up the machine.

A hash takes about 30 ms of one core and 19 MiB, so it runs in a thread and only few run at a time.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from cardamom.access.rules import PASSWORD_MAXIMUM, folded_password
from cardamom.kit.errors import Unavailable

#: Argon2id as the OWASP Password Storage Cheat Sheet gives it for small machines: 19 MiB, two passes, one lane.
_MEMORY_KIB = 19_456
_PASSES = 2
_LANES = 1

T = TypeVar("T")

_AT_ONCE = 2
_WAITING_LIMIT = 64


class Passwords:
    """Hashes and compares. One instance per event loop."""

    def __init__(self, *, memory_kib: int = _MEMORY_KIB, at_once: int = _AT_ONCE) -> None:
        """memory_kib: less than the default is for tests."""
        self._hasher = PasswordHash(
            (Argon2Hasher(time_cost=_PASSES, memory_cost=memory_kib, parallelism=_LANES),)
        )
        # Of a password that nobody knows: what unknown logins are compared with.
        self._hash_of_nothing = self._hasher.hash(secrets.token_urlsafe())
        self._turn = asyncio.Semaphore(at_once)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The hash of a checked password, with its parameters and salt. Raises Unavailable when too many wait."""
        return await self._in_a_thread(password, self._hasher.hash)

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether this is the password.

        stored: None for a login that nobody has; it takes as long as a wrong password, so that the time tells nothing.
        Raises Unavailable when too many wait.
        """
        is_plausible = len(password) <= PASSWORD_MAXIMUM
        against = stored if stored is not None and is_plausible else self._hash_of_nothing
        same = await self._in_a_thread(
            folded_password(password[:PASSWORD_MAXIMUM]), lambda given: self._hasher.verify(given, against)
        )
        return same and stored is not None and is_plausible

    async def _in_a_thread(self, password: str, work: Callable[[str], T]) -> T:
        if self._waiting >= _WAITING_LIMIT:
            raise Unavailable(retry_after_seconds=5)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work, password)
        finally:
            self._waiting -= 1
