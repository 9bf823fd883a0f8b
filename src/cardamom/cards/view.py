"""A card as its holder sees it: one neutral view, from which every surface makes its own picture.

The customer's page is the first of them, a pass in a wallet another. Pure: what is read from the database is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from cardamom.cards.queries import CardRow
from cardamom.kit.localised import Localised
from cardamom.merchants.schemas import Merchant
from cardamom.programs.rules import next_goal, standing
from cardamom.programs.schemas import Design
from cardamom.vouchers.rules import Status, VoucherNow, status_at

#: So long after its use a voucher is still shown as just used: staff look at a moving screen and not at a picture.
FRESH_SECONDS = 300


class ProgramFace(msgspec.Struct, frozen=True, kw_only=True):
    """What a card shows of its program: always the newest look, whatever rules its cycle runs under (ADR 0013)."""

    id: str
    slug: str
    name: Localised
    status: str
    version: int
    design: Design


class CardView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a surface may show of a card.

    titles: of the rewards that the card's rules name, by id. vouchers: newest first. at: when it was read.
    """

    card: CardRow
    merchant: Merchant
    program: ProgramFace
    titles: Mapping[str, Localised]
    vouchers: Sequence[VoucherNow]
    at: datetime

    @property
    def balance(self) -> int:
        """The stamps that still count, whatever the books say before the next visit."""
        return standing(self.card.balance, self.card.progress, self.card.rules, now=self.at)

    @property
    def next_goal(self) -> int:
        """The place of the next reward on the card."""
        return next_goal(self.balance, self.card.progress, self.card.rules)

    @property
    def left(self) -> int:
        """How many stamps the next reward is away, owed ones included."""
        return self.next_goal - self.balance + self.card.progress.owed

    @property
    def next_title(self) -> Localised | None:
        """What is given there; None where the goal is its own reward."""
        rules = self.card.rules
        at = {goal.at: goal.reward for goal in rules.milestones}
        reward = at.get(self.next_goal, rules.reward)
        return None if reward is None else self.titles.get(reward)

    @property
    def kept_until(self) -> datetime | None:
        """The instant at which the stamps of this cycle are lost without another visit; None when they are safe."""
        expiry, last_at = self.card.rules.expiry, self.card.progress.last_at
        if expiry is None or last_at is None or self.balance == 0:
            return None
        return last_at + timedelta(days=expiry.inactive_days)

    @property
    def open_vouchers(self) -> list[VoucherNow]:
        """Those that can be used now or from the next visit on; what can be used now comes first."""
        found = [each for each in self.vouchers if self.status(each) in {Status.ACTIVE, Status.ISSUED}]
        return sorted(found, key=lambda each: self.status(each) is not Status.ACTIVE)

    @property
    def past_vouchers(self) -> list[VoucherNow]:
        """Used, expired and withdrawn ones."""
        return [each for each in self.vouchers if self.status(each) not in {Status.ACTIVE, Status.ISSUED}]

    def status(self, each: VoucherNow) -> Status:
        """What counts now, whatever was recorded."""
        return status_at(each.voucher, self.at)

    def voucher(self, voucher_id: str) -> VoucherNow | None:
        """One of this card's vouchers."""
        return next((each for each in self.vouchers if each.voucher.id == voucher_id), None)


def fresh_until(each: VoucherNow) -> datetime | None:
    """Until when the last use of a voucher is shown as just made; None for one that was not used."""
    used_at = each.voucher.redeemed_at
    return None if used_at is None else used_at + timedelta(seconds=FRESH_SECONDS)
