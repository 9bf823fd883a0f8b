"""Every table of the program in one MetaData.

`db` may not import the packages above it, so they are found by name, here and nowhere else.
"""

import importlib
import importlib.util

import sqlalchemy as sa

from cardamom.db.metadata import metadata

TABLE_MODULES = (
    "cardamom.ledger.tables",
    "cardamom.merchants.tables",
    "cardamom.access.tables",
    "cardamom.customers.tables",
    "cardamom.programs.tables",
    "cardamom.vouchers.tables",
    "cardamom.cards.tables",
    "cardamom.counter.tables",
    "cardamom.wallet.tables",
    "cardamom.connect.tables",
    "cardamom.outreach.tables",
    "cardamom.insight.tables",
)


def all_tables() -> sa.MetaData:
    """The MetaData with the tables of every package that has any."""
    for name in TABLE_MODULES:
        if importlib.util.find_spec(name.rpartition(".")[0]) and importlib.util.find_spec(name):
            importlib.import_module(name)
    return metadata
