"""Tells the shops' history to the ledger, in the order in which it happened and much faster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from cardamom.cli.demo.opening import OpenShop
from cardamom.cli.demo.plan import PlannedCustomer
from cardamom.cli.demo.stage import Stage
from cardamom.cli.demo.storyline import Storyline
from cardamom.ledger.writer import Ledger

Told = Callable[[datetime], None]


async def tell_history(
    ledger: Ledger,
    shops: Sequence[tuple[OpenShop, Sequence[PlannedCustomer]]],
    *,
    until: datetime,
    told: Told,
) -> list[str]:
    """Make everything happen; returns the ids of the sample cards, one for each shop.

    Many commands are in flight at once, those of all shops together. The ledger has to have one lane, so that the
    books keep the order of the history. told: gets the instant that the history has come to.
    """
    stage = Stage(until=until)
    storylines = []
    for opened, customers in shops:
        storyline = Storyline(opened, until=until)
        storylines.append(storyline)
        stage.add(storyline.join(customer) for customer in customers)
    while acts := stage.take():
        outcomes = await asyncio.gather(*(ledger.submit(act.command, as_of=act.at) for act in acts))
        for act, outcome in zip(acts, outcomes, strict=True):
            stage.add(act.then(outcome))
        told(max(act.at for act in acts))
    return [storyline.sample_card for storyline in storylines]
