"""How news reaches the bindings: one statement per transaction of the dispatcher, inside that transaction.

A binding that an event touches wants that event's position from then on. It is due at once, or five seconds after it
was last told; what nobody has in a wallet is due when somebody takes it (PassKit web service, registration).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from cardamom.kit.clock import now
from cardamom.ledger.arrays import plain
from cardamom.ledger.dispatcher import Dispatcher, PlacedEvent
from cardamom.wallet import rollouts
from cardamom.wallet.touching import EVENT_TYPES, Touch, redesigns, touches

#: A pass is told at most so often; the last state of a burst is told when it is over.
COALESCE_SECONDS = 5

#: The rows are locked in order, because the courier writes its results at the same time.
_TOUCH = """
with news as (
  select * from unnest(%(merchants)s::uuid[], %(scopes)s::text[], %(subjects)s::uuid[], %(positions)s::bigint[],
                       %(urgencies)s::smallint[]) as n(merchant_id, scope, subject_id, position, urgency)
),
touched as (
  select b.merchant_id, b.id, n.position, n.urgency, false as ends
    from news n
    join wallet_binding b on b.merchant_id = n.merchant_id and b.subject_id = n.subject_id
   where n.scope = 'subject'
  union all
  select b.merchant_id, b.id, n.position, n.urgency, true
    from news n
    join card c on c.merchant_id = n.merchant_id and c.id = n.subject_id
    join wallet_binding b
      on b.merchant_id = n.merchant_id and b.card_id = n.subject_id and b.epoch < c.token_epoch
   where n.scope = 'older_links'
  union all
  select b.merchant_id, b.id, n.position, n.urgency, false
    from news n
    join card c on c.merchant_id = n.merchant_id and c.customer_id = n.subject_id
    join wallet_binding b on b.merchant_id = n.merchant_id and b.subject_id = c.id
   where n.scope = 'holder'
  union all
  select b.merchant_id, b.id, n.position, n.urgency, false
    from news n
    join wallet_binding b
      on b.merchant_id = n.merchant_id and b.card_id is null and b.kind in ('program', 'reward')
   where n.scope = 'classes'
),
newest as (
  select merchant_id, id, max(position) as position, max(urgency) as urgency, bool_or(ends) as ends
    from touched group by merchant_id, id
),
locked as (
  select b.merchant_id, b.id, n.position, n.urgency, n.ends,
         b.state = 'saved' or b.state = 'issued' and b.wallet = 'google' as is_out
    from newest n join wallet_binding b on b.merchant_id = n.merchant_id and b.id = n.id
   where b.state <> 'void'
   order by b.merchant_id, b.id
     for no key update of b
)
update wallet_binding b
   set wanted = greatest(b.wanted, l.position),
       modified_at = greatest(b.modified_at + interval '1 second', %(now)s),
       state = case when l.ends then 'void' else b.state end,
       urgency = greatest(b.urgency, l.urgency),
       next_try = case
         when not l.is_out then b.next_try
         when b.tries > 0 and b.next_try is not null then b.next_try
         else least(b.next_try, greatest(%(now)s, b.sent_at + %(pause)s * interval '1 second'))
       end
  from locked l
 where b.merchant_id = l.merchant_id and b.id = l.id
"""

#: What waits because of a certificate or an account, or ended because of it, is tried with the new one.
_TRY_AGAIN = """
update wallet_binding
   set next_try = %(now)s, tries = 0
 where merchant_id = %(merchant)s and wallet = %(wallet)s and wanted > sent and state <> 'removed'
   and (next_try is not null or error is not null)
"""


def follow(dispatcher: Dispatcher) -> None:
    """Let the news of the other packages reach the bindings."""
    dispatcher.subscribe_to_all(EVENT_TYPES, _follow)
    dispatcher.subscribe(rollouts.REFRESHED, rollouts.reach)
    dispatcher.subscribe("wallet.credential_set", _try_again)


async def _follow(driver: psycopg.AsyncConnection[Any], events: Sequence[PlacedEvent]) -> None:
    await touch(driver, [each for event in events for each in touches(event)])
    for event in events:
        redesign = redesigns(event)
        if redesign is not None:
            await rollouts.begin(driver, redesign)


async def touch(driver: psycopg.AsyncConnection[Any], touched: Sequence[Touch]) -> None:
    """Let these bindings want the positions, in the caller's transaction."""
    if not touched:
        return
    await driver.execute(
        _TOUCH,
        {
            "merchants": plain(each.merchant_id for each in touched),
            "scopes": plain(each.scope for each in touched),
            "subjects": plain(each.subject_id for each in touched),
            "positions": plain(each.position for each in touched),
            "urgencies": plain(int(each.urgency) for each in touched),
            "now": now(),
            "pause": COALESCE_SECONDS,
        },
    )


async def _try_again(driver: psycopg.AsyncConnection[Any], event: PlacedEvent) -> None:
    await driver.execute(
        _TRY_AGAIN, {"merchant": event.merchant_id, "wallet": event.payload["wallet"], "now": now()}
    )
