"""The one catalogue of tables, and the column types that they share.

Every package declares its tables here and says in the same breath who may touch them; `db.roles` turns that into
grants and row security, and a test compares the two for every table.
"""

from collections.abc import Sequence
from typing import Literal, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

#: What the role of the web processes may do with a table's rows.
WebAccess = Literal["none", "read", "write"]
#: What the role of the ledger may do. "insert" never updates and never deletes.
LedgerAccess = Literal["none", "read", "insert", "write"]

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

#: A UUIDv7 made by the application. Canonical text in Python, `uuid` in the database.
Id = sa.Uuid(as_uuid=False)
#: A moment. Always aware, always UTC in Python.
Instant = sa.DateTime(timezone=True)
#: A JSON document, encoded and decoded by msgspec.
Jsonb = JSONB(none_as_null=True)


def tenant_table(
    name: str,
    *items: SchemaItem,
    key: Sequence[str] = ("merchant_id", "id"),
    web: WebAccess = "read",
    ledger: LedgerAccess = "write",
    append_only: bool = False,
    ledger_columns: Sequence[str] = (),
) -> sa.Table:
    """Declare a table whose rows each belong to one merchant.

    `merchant_id` is put first, and `id` second when the key wants it and the items do not bring it.

    key: the primary key; it must begin with `merchant_id`.
    append_only: nobody may update or delete a row, whatever `web` and `ledger` say.
    ledger_columns: columns that the ledger's role may update although the table is closed to updates.
    """
    if key[0] != "merchant_id":
        raise ValueError(f"The primary key of {name} must begin with merchant_id.")
    brought = {item.name for item in items if isinstance(item, sa.Column)}
    first: list[SchemaItem] = [sa.Column("merchant_id", Id, nullable=False)]
    if "id" in key and "id" not in brought:
        first.append(sa.Column("id", Id, nullable=False))
    return _declare(
        name,
        (*first, *items, sa.PrimaryKeyConstraint(*key)),
        {
            "tenant": True,
            "web": web,
            "ledger": "insert" if append_only and ledger == "write" else ledger,
            "append_only": append_only,
            "ledger_columns": tuple(ledger_columns),
        },
    )


def directory_table(
    name: str,
    *items: SchemaItem,
    web: WebAccess = "read",
    ledger: LedgerAccess = "read",
    append_only: bool = False,
    ledger_columns: Sequence[str] = (),
) -> sa.Table:
    """Declare a table that belongs to no merchant: people, sessions, and the ways from a public code to its merchant.

    There is no row security on it, so what it holds must be safe to find without knowing the merchant.
    """
    return _declare(
        name,
        items,
        {
            "tenant": False,
            "web": web,
            "ledger": "insert" if append_only and ledger == "write" else ledger,
            "append_only": append_only,
            "ledger_columns": tuple(ledger_columns),
        },
    )


def _declare(name: str, items: Sequence[SchemaItem], info: dict[str, object]) -> sa.Table:
    table = sa.Table(name, metadata, *items, info=info)
    unknown = set(cast(tuple[str, ...], info["ledger_columns"])) - set(table.columns.keys())
    if unknown:
        raise ValueError(f"{name} grants columns that it does not have: {', '.join(sorted(unknown))}.")
    return table
