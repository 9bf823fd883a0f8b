"""What a batch of cards needs of the programs: rules by version, terms by reward.

A version never changes, so it is read once per process. A reward may be edited: its terms are kept by its last change.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import psycopg

from cardamom.ledger.arrays import plain
from cardamom.programs.queries import RulesCache, VersionKey
from cardamom.programs.rules import Rules
from cardamom.programs.schemas import RewardTerms
from cardamom.vouchers.rules import Terms, full_terms

#: (merchant_id, reward_id)
RewardKey = tuple[str, str]

#: More than any installation has live; past it the oldest is read again.
_LIMIT = 20_000

_REWARDS = """
select r.merchant_id, r.id, r.updated_at, r.kind, r.title, r.description, r.image, r.terms
  from unnest(%s::uuid[], %s::uuid[]) as u(merchant_id, id)
  join reward r on r.merchant_id = u.merchant_id and r.id = u.id
"""


class Rulebook:
    """One per process; used by the handlers of cards inside their transactions."""

    def __init__(self) -> None:
        self._versions = RulesCache()
        self._terms: dict[RewardKey, tuple[datetime, Terms]] = {}

    def rules(self, key: VersionKey) -> Rules:
        """Rules that `load_versions` was asked for before. Raises KeyError."""
        rules = self._versions.get(*key)
        if rules is None:
            raise KeyError(key)
        return rules

    async def load_versions(self, driver: psycopg.AsyncConnection[Any], keys: Iterable[VersionKey]) -> None:
        """Make sure that these versions are known; reads only those that are not."""
        await self._versions.load(driver, keys)

    async def terms_now(
        self, driver: psycopg.AsyncConnection[Any], keys: Iterable[RewardKey]
    ) -> dict[RewardKey, Terms]:
        """The terms that these rewards are issued with at this moment."""
        wanted = sorted(set(keys))
        if not wanted:
            return {}
        found = await driver.execute(
            _REWARDS, (plain(k[0] for k in wanted), plain(k[1] for k in wanted)), prepare=True
        )
        return {(row[0], row[1]): self._decoded(row) for row in await found.fetchall()}

    def _decoded(self, row: tuple[Any, ...]) -> Terms:
        key, updated_at = (row[0], row[1]), row[2]
        kept = self._terms.get(key)
        if kept is not None and kept[0] == updated_at:
            return kept[1]
        terms = full_terms(
            msgspec.convert(row[7], RewardTerms), kind=row[3], title=row[4], description=row[5], image=row[6]
        )
        if len(self._terms) > _LIMIT:
            self._terms.clear()
        self._terms[key] = (updated_at, terms)
        return terms
