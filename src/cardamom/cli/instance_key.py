"""Whether a database was used with the key that this installation has.

Links to cards, tokens of passes, codes that rotate and everything that is sealed follow from the instance's key. Under
another one nothing fails at first; it only stops matching. So the database remembers a fingerprint of its key, which
says nothing about the key itself.
"""

from __future__ import annotations

import hmac
from typing import Any, Final, Literal

import psycopg

from cardamom.cli.problems import OtherInstanceKey
from cardamom.db.connections import connect
from cardamom.db.roles import ONE_ROLE_LEDGER

#: ours: as it should be. other: it was used with another key. unknown: it does not say yet.
Match = Literal["ours", "other", "unknown"]

_PURPOSE: Final = b"cardamom.instance.fingerprint"
_FINGERPRINT_BYTES: Final = 16
_KIND: Final = "instance_key"
#: The row belongs to no merchant.
_NOBODY: Final = "00000000-0000-0000-0000-000000000000"

#: Of two processes that start together the first one's key is remembered.
_REMEMBER: Final = """
insert into directory (kind, key, merchant_id, subject_id)
select %(kind)s, %(fingerprint)s, %(nobody)s, %(nobody)s
 where not exists (select from directory where kind = %(kind)s)
on conflict do nothing
"""
_FORGET: Final = "delete from directory where kind = %(kind)s"
_KNOWN: Final = "select key from directory where kind = %(kind)s"


def fingerprint(secret_key: bytes) -> str:
    """What is stored of a key."""
    return hmac.digest(secret_key, _PURPOSE, "sha256")[:_FINGERPRINT_BYTES].hex()


def require_own_key(url: str, secret_key: bytes) -> None:
    """Go on only with the key that the database was used with; the first one is remembered.

    The tables must be there. Raises OtherInstanceKey.
    """
    with _owner(url) as connection:
        connection.execute(_REMEMBER, _values(secret_key))
        if match_of(connection, secret_key) == "other":
            raise OtherInstanceKey


def adopt_key(url: str, secret_key: bytes) -> None:
    """Let the database go on with this key: the old one is lost."""
    with _owner(url) as connection:
        connection.execute(_FORGET, _values(secret_key))
        connection.execute(_REMEMBER, _values(secret_key))


def match_in(url: str, secret_key: bytes) -> Match:
    """As `match_of`, on a connection of its own."""
    with _owner(url) as connection:
        return match_of(connection, secret_key)


def match_of(connection: psycopg.Connection[Any], secret_key: bytes) -> Match:
    """What the database says about a key. Reads only."""
    known = {row[0] for row in connection.execute(_KNOWN, {"kind": _KIND})}
    if not known:
        return "unknown"
    return "ours" if known == {fingerprint(secret_key)} else "other"


def _owner(url: str) -> psycopg.Connection[Any]:
    return connect(url, application="cardamom instance key", settings=ONE_ROLE_LEDGER)


def _values(secret_key: bytes) -> dict[str, str]:
    return {"kind": _KIND, "fingerprint": fingerprint(secret_key), "nobody": _NOBODY}
