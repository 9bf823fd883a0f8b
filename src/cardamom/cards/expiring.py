"""Stamps that ran out because nobody came: the books follow the calendar.

Nothing depends on it: reading counts them no more (`programs.rules.standing`), and the next stamp clears them as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from cardamom.cards.rulebook import Rulebook
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Account, Decision, Event, Move, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.ledger.store import lock_accounts
from cardamom.programs.rules import Progress, Rules, standing

#: Only a running cycle's own version decides, as everywhere.
_DUE = """
select a.id, c.program_id
  from program_version v
  join card c on c.merchant_id = v.merchant_id and c.program_id = v.program_id
  join account a on a.merchant_id = c.merchant_id and a.id = c.id
 where v.merchant_id = %s and jsonb_typeof(v.rules->'expiry') = 'object'
   and a.balance > 0 and (a.state->>'version')::int = v.version
   and (a.state->>'last_at')::timestamptz
       < %s - make_interval(days => (v.rules->'expiry'->>'inactive_days')::int)
 order by a.id
 limit %s
"""

_progress_decoder = msgspec.json.Decoder(Progress)


class ExpireStamps(Command, frozen=True, kw_only=True):
    """Record that stamps ran out: on at most `limit` cards."""

    kind: ClassVar[str] = "card.expire_stamps"

    limit: int


class ExpireStampsDeed:
    """Registered with the ledger for ExpireStamps."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook

    async def perform(self, tx: Tx, command: ExpireStamps, occasion: Occasion) -> Decision:
        """Facts: expired (how many cards). A card that was stamped before its lock was had keeps its stamps."""
        merchant_id = command.merchant_id
        found = await tx.driver.execute(_DUE, (merchant_id, occasion.now, command.limit))
        programs: dict[str, str] = dict(await found.fetchall())
        accounts = await lock_accounts(tx.driver, [(merchant_id, card_id) for card_id in programs])
        cards = [(account, _progress_decoder.decode(account.state)) for account in accounts.values()]
        keys = {
            account.id: (merchant_id, programs[account.id], progress.version) for account, progress in cards
        }
        await self._rulebook.load_versions(tx.driver, keys.values())
        due = [
            (account, progress)
            for account, progress in cards
            if _has_run_out(account, progress, self._rulebook.rules(keys[account.id]), occasion.now)
        ]
        return _expired(due, programs, occasion)


def _has_run_out(account: Account, progress: Progress, rules: Rules, now: datetime) -> bool:
    return account.balance > 0 and standing(account.balance, progress, rules, now=now) == 0


def _expired(
    due: Sequence[tuple[Account, Progress]], programs: dict[str, str], occasion: Occasion
) -> Decision:
    states = {
        account.id: msgspec.json.encode(
            msgspec.structs.replace(progress, carry_minor=0, expired_by=occasion.operation_id)
        )
        for account, progress in due
    }
    payloads: dict[str, dict[str, Any]] = {
        account.id: {"program": programs[account.id], "stamps": account.balance} for account, _progress in due
    }
    return Decision(
        facts={"expired": len(due)},
        moves=[Move(account.id, "expired", -account.balance) for account, _progress in due],
        states=states,
        events=[Event("stamps.expired", card_id, payload) for card_id, payload in payloads.items()],
    )
