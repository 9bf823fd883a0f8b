"""The hash chain of an account: each entry's hash covers the one before it, so history cannot be edited unseen."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

#: The hash before an account's first entry.
GENESIS = bytes(32)


def canonical_time(at: datetime) -> str:
    """An instant as it is hashed: UTC, microseconds, no zone suffix."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def entry_hash(
    previous: bytes,
    *,
    merchant_id: str,
    account_id: str,
    seq: int,
    operation_id: str,
    unit: str,
    delta: int,
    balance: int,
    recorded_at: str,
) -> bytes:
    """sha256(previous hash + canonical entry), DESIGN section 4.

    recorded_at: as `canonical_time` writes it. Units hold no "|": they are words of the code, never of people.
    """
    line = f"{merchant_id}|{account_id}|{seq}|{operation_id}|{unit}|{delta}|{balance}|{recorded_at}"
    return hashlib.sha256(previous + line.encode()).digest()
