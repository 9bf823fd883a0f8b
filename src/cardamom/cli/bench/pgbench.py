"""The yardstick: pgbench sends the ledger's own statements, one transaction at a time, without HTTP and without rules.

The texts are taken from the code that runs them; only the parameters are SQL expressions instead of values. Operation
ids and keys come from a random number, the hash is computed by the server.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from cardamom.cards import stamping
from cardamom.ledger import store
from cardamom.vouchers import locking, redeeming

CLIENTS = 64

_STATE = (
    '{"version":1,"lifetime":7,"last_at":"2026-06-01T10:20:30.123456Z","last_operation":'
    '"0190aaaa-0000-7000-8000-000000000000","day":"2026-06-01","today":1}'
)
_FACTS = (
    '{"card":"0190aaaa-0000-7000-8000-000000000000","balance":7,"goal":10,"to_go":3,"cycle":1,"granted":1,'
    '"carried_minor":0,"day":"2026-06-01","issued":[]}'
)
_OPERATION = "md5(:r::text)::uuid"
_TPS = re.compile(r"tps = ([0-9.]+)")


def _uuid(prefix: str, number: str) -> str:
    return f"('{prefix}-0000-7000-8000-' || lpad(({number})::text, 12, '0'))::uuid"


def _filled(statement: str, *expressions: str) -> str:
    """The statement with each placeholder replaced; arrays of one element where the ledger sends arrays of many."""
    parts = statement.split("%s")
    if len(parts) != len(expressions) + 1:
        raise ValueError(f"{len(parts) - 1} placeholders, {len(expressions)} expressions")
    filled = "".join(part + expression for part, expression in zip(parts, (*expressions, ""), strict=True))
    return " ".join(filled.split())


def _one(expression: str) -> str:
    return f"array[{expression}]"


def _bookkeeping(merchant: str, account: str, *, kind: str, unit: str, balance: str, delta: str) -> list[str]:
    """The ledger's own four writes; :head, :seq and :revision come from the locking statement."""
    line = (
        f"concat_ws('|', {merchant}, {account}, :seq + 1, {_OPERATION}, '{unit}', {delta}, {balance}, now())"
    )
    digest = f"sha256(:'head'::bytea || convert_to({line}, 'UTF8'))".replace(":'head'", ":head")
    null = _one("null")
    return [
        _filled(
            store.INSERT_OPERATIONS,
            *(_one(merchant), _one(_OPERATION), _one("'k' || :r"), _one("sha256('body')"), _one(f"'{kind}'")),
            *(_one("'api_key:0190aaaa-0000-7000-8000-000000000000'"), null, null, null, _one("now()")),
            *(_one("'accepted'"), null, _one(f"'{_FACTS}'"), null),
        ),
        _filled(
            store.UPDATE_ACCOUNTS,
            *(_one(merchant), _one(account), _one(balance), _one(f"'{_STATE}'"), _one(":seq + 1")),
            *(_one(digest), _one(":revision + 1"), "1"),
        ),
        _filled(
            store.INSERT_ENTRIES,
            *(_one(merchant), _one(account), _one(":seq + 1"), _one(_OPERATION), _one(f"'{unit}'")),
            *(_one(delta), _one(balance), _one("now()"), _one(digest)),
        ),
        _filled(
            store.INSERT_EVENTS,
            *(_one(merchant), _one("md5('event' || :r)::uuid"), _one(f"'{kind}'"), _one(account)),
            *(_one(f"'{_FACTS}'"), _one(_OPERATION), _one("now()")),
        ),
    ]


def _script(subjects: int, statements: list[str]) -> str:
    first, *rest = statements
    lines = [
        f"\\set n random(0, {subjects - 1})",
        "\\set r random(1, 9000000000000000000)",
        "begin;",
        first + " \\gset",
        *(statement + ";" for statement in rest),
        "commit;",
    ]
    return "\n".join(lines) + "\n"


def stamps_script(*, merchants: int, cards: int) -> str:
    """A stamp as the ledger writes it: lock and read, look for the key, four writes."""
    merchant, card = _uuid("00000000", f":n / {cards}"), _uuid("00000001", ":n")
    known = _filled(store.KNOWN, _one(merchant), _one("'k' || :r"))
    load = _filled(stamping.BY_ID, "now()", _one(merchant), _one(card))
    writes = _bookkeeping(
        merchant, card, kind="card.stamp", unit="stamp", balance="(:balance + 1) % 10", delta="1"
    )
    return _script(merchants * cards, [load, known, *writes])


def redemptions_script(*, merchants: int, vouchers: int) -> str:
    """A redemption as the ledger writes it: the same, and the voucher's row. Balances are not looked at."""
    merchant, voucher = _uuid("00000000", f":n / {vouchers}"), _uuid("00000002", ":n")
    load = _filled(locking.LOCK_VOUCHERS, _one(merchant), _one(voucher), "'{}'", "'{}'")
    known = _filled(store.KNOWN, _one(merchant), _one("'k' || :r"))
    writes = _bookkeeping(merchant, voucher, kind="voucher.redeem", unit="use", balance="1", delta="0")
    row = _filled(
        redeeming.UPDATE_VOUCHERS,
        *(_one(merchant), _one(voucher), _one("'active'"), _one("now()"), _one("'api'"), _one(_OPERATION)),
        _one("null"),
    )
    return _script(merchants * vouchers, [load, known, *writes, row])


def run(program: str, url: str, script: str, *, seconds: int) -> float:
    """Transactions per second with 64 prepared clients. Raises RuntimeError when pgbench fails."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.sql"
        path.write_text(script, encoding="utf-8")
        command = [
            program,
            "-n",
            "-M",
            "prepared",
            "-c",
            str(CLIENTS),
            "-j",
            "1",
            "-T",
            str(seconds),
            "-f",
            str(path),
        ]
        done = subprocess.run([*command, *_connection(url)], capture_output=True, text=True, check=False)
    found = _TPS.search(done.stdout)
    if done.returncode != 0 or found is None:
        raise RuntimeError(f"pgbench failed: {done.stderr[-600:]}")
    return float(found[1])


def _connection(url: str) -> list[str]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    said = {"-h": query.get("host") or parts.hostname, "-p": query.get("port") or parts.port}
    said["-U"] = query.get("user") or (unquote(parts.username) if parts.username else None)
    words = [word for flag, value in said.items() if value for word in (flag, str(value))]
    return [*words, unquote(parts.path.lstrip("/"))]
