"""Compares what clients were told with what the books say."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from cardamom.db.connections import connect
from cardamom.programs.rules import Progress
from tests.crash.load import Load
from tests.crash.shop import Shop

Row = tuple[Any, ...]

OPERATIONS = "select key, id, outcome from operation where key = any(%s)"
STRANGE = "select count(*) from operation where kind in ('card.stamp', 'card.undo', 'voucher.redeem')"
STAMPED = "select operation_id, sum(delta) from entry where unit = 'stamp' group by operation_id"
CARDS = """
select a.id, a.balance, a.state::text, coalesce(sum(e.delta), 0),
       coalesce(sum(e.delta) filter (where e.unit = 'goal'), 0)
  from account a left join entry e on e.merchant_id = a.merchant_id and e.account_id = a.id
 where a.kind = 'card'
 group by a.merchant_id, a.id
"""
VOUCHERS = "select id, status from voucher"


class Books:
    """The database as it stands, read with all rights."""

    def __init__(self, shop: Shop) -> None:
        self._url = shop.database_url

    def rows(self, statement: str, *parameters: Any) -> list[Row]:
        with connect(self._url, application="tests", autocommit=True) as connection:
            return connection.execute(statement, parameters).fetchall()


def written_unanswered(load: Load, shop: Shop) -> set[str]:
    """The keys of requests that are in the books although nobody was told."""
    return {key for key, *_ in Books(shop).rows(OPERATIONS, list(load.unanswered))}


def account_for(load: Load, shop: Shop) -> None:
    """Every acknowledged request is in the books exactly once, and nothing else is."""
    books = Books(shop)
    assert load.unanswered == set()
    _operations(load, books)
    _stamps(load, books)
    _vouchers(load, books)


def _operations(load: Load, books: Books) -> None:
    told = {
        key: (answer["operation"], answer.get("outcome", "accepted"))
        for key, (_, answer) in load.acknowledged.items()
    }
    found = {key: (id, outcome) for key, id, outcome in books.rows(OPERATIONS, list(told))}
    assert found == told
    assert books.rows(STRANGE) == [(len(told),)], "there is something that nobody asked for"


def _stamps(load: Load, books: Books) -> None:
    given: Counter[str] = Counter()
    stamps = {}
    for asked, answer in load.acknowledged.values():
        if asked.path == "/api/v1/scans":
            assert answer["outcome"] == "accepted", answer
            stamps[answer["operation"]] = (answer["card"]["id"], answer["granted"])
            given[answer["card"]["id"]] += answer["granted"]
    assert dict(books.rows(STAMPED)) == {operation: granted for operation, (_, granted) in stamps.items()}
    for _asked, answer in load.acknowledged.values():
        if "undoes" in answer:
            card_id, granted = stamps[answer["undoes"]]
            given[card_id] -= granted
    for card_id, balance, state, total, goals in books.rows(CARDS):
        progress = msgspec.json.decode(state, type=Progress)
        assert progress.lifetime == given[card_id], "a stamp was lost or doubled"
        assert balance == total
        assert balance - progress.owed == progress.lifetime + goals


def _vouchers(load: Load, books: Books) -> None:
    status = dict(books.rows(VOUCHERS))
    withdrawn = {
        voucher
        for _, answer in load.acknowledged.values()
        if "undoes" in answer
        for voucher in answer["facts"]["withdrawn"]
    }
    redeemed = set()
    for asked, answer in load.acknowledged.values():
        if asked.path.endswith("/redeem") and answer["outcome"] == "accepted":
            redeemed.add(answer["voucher"]["id"])
    assert not withdrawn & redeemed
    assert {voucher for voucher, word in status.items() if word == "redeemed"} == redeemed
    assert {voucher for voucher, word in status.items() if word == "cancelled"} == withdrawn
