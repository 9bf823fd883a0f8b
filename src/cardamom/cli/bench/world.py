"""What the benchmark runs on: merchants, cards and vouchers laid out in bulk, with ids that a script can compute.

Rows are copied in, not made through the ledger: a million cards take a minute this way and would take an hour. The
accounts have no entries, so `cardamom verify` does not hold for this database; it is thrown away.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg

from cardamom.access.permissions import Permission
from cardamom.db.connections import connect
from cardamom.kit.codes import check_digit
from cardamom.kit.ids import new_id
from cardamom.kit.signing import hash_secret, new_secret
from cardamom.programs.schemas import Validity
from cardamom.vouchers.rules import Terms

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_GENESIS = bytes(32)
_RULES = {"goal": 10, "cooldown_seconds": 0, "daily_cap": None}


class Shape(msgspec.Struct, frozen=True):
    """How many of everything; `vouchers` is per merchant."""

    merchants: int = 100
    cards: int = 1_000
    vouchers: int = 1_000


def merchant_id(number: int) -> str:
    """The id of a merchant, 0 and up. `pgbench.MERCHANT` computes the same in SQL."""
    return f"00000000-0000-7000-8000-{number:012d}"


def subject_id(number: int, *, kind: int) -> str:
    """The id of a card (kind 1) or voucher (kind 2), counted over all merchants."""
    return f"0000000{kind}-0000-7000-8000-{number:012d}"


def code(number: int, *, kind: int) -> str:
    """An 18-digit code with its check digit. Guessable, unlike real ones."""
    body = f"{kind}{number:016d}"
    return f"{body}{check_digit(body)}"


def lay_out(url: str, shape: Shape) -> list[str]:
    """Fill an empty database; returns one API key per merchant, in order."""
    keys = []
    with connect(url, application="cardamom bench") as connection:
        for number in range(shape.merchants):
            keys.append(_merchant(connection, number))
            _cards(connection, number, shape.cards)
            _vouchers(connection, number, shape.vouchers)
    with connect(url, application="cardamom bench", autocommit=True) as connection:
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")
    return keys


def _merchant(connection: psycopg.Connection[Any], number: int) -> str:
    merchant, program, handle = merchant_id(number), subject_id(number, kind=9), f"bench{number:03d}"
    name = msgspec.json.encode({"en": f"Bench {number}"}).decode()
    connection.execute(
        "insert into merchant (merchant_id, slug, handle, name, language, languages, time_zone, currency, region,"
        " brand, preferences, created_at)"
        " values (%s, %s, %s, %s, 'en', '[\"en\"]', 'Europe/Berlin', 'EUR', 'DE', '{}', '{}', %s)",
        (merchant, handle, handle, name, _AT),
    )
    connection.execute("insert into directory values ('handle', %s, %s, %s)", (handle, merchant, merchant))
    connection.execute("insert into feed (merchant_id, position) values (%s, 0)", (merchant,))
    connection.execute(
        "insert into program (merchant_id, id, slug, name, status, version, created_at, updated_at)"
        " values (%s, %s, %s, %s, 'live', 1, %s, %s)",
        (merchant, program, handle, name, _AT, _AT),
    )
    rules = msgspec.json.encode(_RULES).decode()
    connection.execute(
        "insert into program_version (merchant_id, program_id, version, design, rules, join_form, created_at)"
        " values (%s, %s, 1, '{}', %s, '{}', %s)",
        (merchant, program, rules, _AT),
    )
    secret = new_secret(f"cdm_{handle}")
    permissions = msgspec.json.encode([permission.value for permission in Permission]).decode()
    connection.execute(
        "insert into api_key (merchant_id, id, name, prefix, secret_hash, permissions, created_at)"
        " values (%s, %s, 'bench', %s, %s, %s, %s)",
        (merchant, new_id(), secret[:16], hash_secret(secret), permissions, _AT),
    )
    return secret


def _cards(connection: psycopg.Connection[Any], number: int, count: int) -> None:
    merchant, program = merchant_id(number), subject_id(number, kind=9)
    ids = range(number * count, (number + 1) * count)
    columns = "merchant_id, id, program_id, code, number, token_hash, token_epoch, source, created_at"
    with connection.cursor().copy(f"copy card ({columns}) from stdin") as copy:
        for i in ids:
            row = (merchant, subject_id(i, kind=1), program, code(i, kind=1), f"{10**7 + i}", os.urandom(32))
            copy.write_row((*row, 0, "import", _AT))
    _accounts(connection, merchant, [subject_id(i, kind=1) for i in ids], "card", 0, '{"version":1}')


def _vouchers(connection: psycopg.Connection[Any], number: int, count: int) -> None:
    merchant = merchant_id(number)
    ids = range(number * count, (number + 1) * count)
    terms = msgspec.json.encode(
        Terms(
            kind="voucher",
            title={"en": "Free coffee"},
            redemption="staff",
            validity=Validity(kind="unlimited"),
        )
    ).decode()
    columns = "merchant_id, id, code, status, terms, operation_id, issued_at, active_at"
    with connection.cursor().copy(f"copy voucher ({columns}) from stdin") as copy:
        for i in ids:
            voucher = subject_id(i, kind=2)
            copy.write_row((merchant, voucher, code(i, kind=2), "active", terms, voucher, _AT, _AT))
    _accounts(connection, merchant, [subject_id(i, kind=2) for i in ids], "voucher", 1, "{}")


def _accounts(
    connection: psycopg.Connection[Any], merchant: str, ids: list[str], kind: str, balance: int, state: str
) -> None:
    columns = "merchant_id, id, kind, subject_id, balance, floor, state, seq, head, revision, opened_at"
    with connection.cursor().copy(f"copy account ({columns}) from stdin") as copy:
        for account in ids:
            copy.write_row((merchant, account, kind, account, balance, 0, state, 0, _GENESIS, 0, _AT))
