"""What happens in one shop: people join, come, use their vouchers, and now and then something goes wrong."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final

from cardamom.cards.joining import JoinCard
from cardamom.cards.service import visitor
from cardamom.cards.stamping import StampCard, StampedCard
from cardamom.cards.undoing import UndoStamp
from cardamom.cli.demo.opening import OpenShop
from cardamom.cli.demo.plan import PlannedCustomer, PlannedVisit
from cardamom.cli.demo.stage import Act
from cardamom.counter.service import UNDO_WINDOW_SECONDS
from cardamom.customers.consents import Consent, ConsentIn, check_consent
from cardamom.customers.contacts import ContactIn, check_contact
from cardamom.kit.actor import Actor, ActorKind, system_actor
from cardamom.kit.localised import pick
from cardamom.kit.money import Money
from cardamom.ledger.commands import Outcome
from cardamom.programs.schemas import RewardTerms, Validity
from cardamom.vouchers.deeds import ExpireVouchers, IssueVoucher
from cardamom.vouchers.issuing import NewVoucher
from cardamom.vouchers.redeeming import RedeemVoucher
from cardamom.vouchers.rules import Via, full_terms
from cardamom.vouchers.service import EXPIRED_AT_ONCE

_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)

#: Of the customers who come more than a few times, so many once get a voucher by hand.
_GIFTS: Final = 0.04
#: So many vouchers are shown again after they were used.
_USED_TWICE: Final = 0.03
#: The sample card keeps the voucher that it got within this time.
_KEPT: Final = timedelta(days=45)
#: Awards are handed over this long after the stamp.
_AWARD_AFTER: Final = 25 * _SECOND
_NOTICED_AFTER: Final = (UNDO_WINDOW_SECONDS - 4) * _SECOND


class Storyline:
    """The acts of one shop's customers and staff, the same for the same seed."""

    def __init__(self, opened: OpenShop, *, until: datetime) -> None:
        self._opened = opened
        self._merchant_id = opened.merchant.id
        self._until = until
        self._random = Random(f"cardamom demo history {opened.merchant.slug}")  # noqa: S311 - a story, no secret
        roles = [worker.role for worker in opened.shop.people]
        actors = [member.actor for member in opened.members]
        self._staff = [actor for actor, role in zip(actors, roles, strict=True) if role != "owner"]
        self._manager = actors[roles.index("manager")]
        self._expiries: set[datetime] = set()
        #: Known once the sample has joined.
        self.sample_card = ""

    def join(self, customer: PlannedCustomer) -> Act:
        """Somebody gets a card; all the rest follows from that."""
        by_staff = customer.joins_by_staff
        contact = check_contact(
            ContactIn(
                name=customer.name,
                phone=customer.phone,
                email=customer.email,
                birthday=customer.birthday,
                language=customer.language,
            ),
            region=self._opened.merchant.region,
        )
        command = JoinCard(
            merchant_id=self._merchant_id,
            actor=self._random.choice(self._staff) if by_staff else visitor(self._merchant_id),
            program_id=self._opened.programs[customer.program].id,
            source="staff" if by_staff else "join_form",
            contact=contact,
            consents=() if by_staff else tuple(self._consents(customer)),
            language=customer.language,
        )
        return Act(at=customer.joins_at, command=command, then=partial(self._after_joining, customer))

    def _consents(self, customer: PlannedCustomer) -> Iterable[Consent]:
        addresses = {"email": customer.email, "sms": customer.phone, "whatsapp": customer.phone}
        for box in self._opened.shop.programs[customer.program].join_form.consents:
            if customer.consents and addresses.get(box.channel):
                wording = pick(box.wording, customer.language, fallback=self._opened.merchant.language)
                yield check_consent(
                    ConsentIn(
                        channel=box.channel,
                        purpose=box.purpose,
                        granted=True,
                        language=customer.language,
                        wording=wording,
                    )
                )

    def _after_joining(self, customer: PlannedCustomer, outcome: Outcome) -> Iterable[Act]:
        card_id = str(outcome.or_raise().facts["card"])
        if customer.is_sample:
            self.sample_card = card_id
        for visit in customer.visits:
            yield from self._visit(customer, card_id, visit)
        if not customer.is_sample and len(customer.visits) > 3 and self._random.random() < _GIFTS:
            yield self._gift(customer, card_id)

    def _visit(self, customer: PlannedCustomer, card_id: str, visit: PlannedVisit) -> Iterable[Act]:
        place = self._random.randrange(len(self._opened.location_ids))
        currency = self._opened.merchant.currency
        command = StampCard(
            merchant_id=self._merchant_id,
            actor=self._random.choice(self._staff),
            location_id=self._opened.location_ids[place],
            device=self._opened.shop.tills[place],
            card_id=card_id,
            stamps=visit.stamps,
            amount=None if visit.amount_minor is None else Money(visit.amount_minor, currency),
        )
        yield Act(
            at=visit.at,
            command=command,
            then=partial(self._after_visit, customer, visit, command),
        )
        if visit.mishap == "double_read":
            yield Act(at=visit.at + 3 * _SECOND, command=_again(command))
        if visit.mishap == "too_early":
            yield Act(at=visit.at + self._random.randint(3, 12) * _MINUTE, command=_again(command))

    def _after_visit(
        self, customer: PlannedCustomer, visit: PlannedVisit, command: StampCard, outcome: Outcome
    ) -> Iterable[Act]:
        if not outcome.accepted:
            return
        undo = UndoStamp(
            merchant_id=self._merchant_id,
            actor=command.actor,
            operation_id=outcome.operation_id,
            window_seconds=UNDO_WINDOW_SECONDS,
        )
        if visit.mishap == "wrong_card":
            yield Act(at=visit.at + _NOTICED_AFTER, command=undo)
            return
        if visit.mishap == "found_later":
            yield self._reversal(outcome, at=visit.at + self._random.randint(2, 6) * _HOUR)
            return
        issued = outcome.aside.issued if isinstance(outcome.aside, StampedCard) else ()
        for voucher in issued:
            if voucher.terms.kind == "award":
                yield Act(at=visit.at + _AWARD_AFTER, command=self._redemption(voucher, command))
            else:
                yield from self._fate(customer, visit, command, voucher)

    def _reversal(self, outcome: Outcome, *, at: datetime) -> Act:
        command = UndoStamp(
            merchant_id=self._merchant_id,
            actor=self._manager,
            operation_id=outcome.operation_id,
            reason=self._opened.shop.wrong_card,
        )
        return Act(at=at, command=command)

    def _fate(
        self, customer: PlannedCustomer, visit: PlannedVisit, command: StampCard, voucher: NewVoucher
    ) -> Iterable[Act]:
        """A voucher is used at one of the next visits, or runs out."""
        later = [each.at for each in customer.visits if each.at > visit.at]
        is_kept = (
            customer.is_sample
            and voucher.reward_id == self._opened.rewards[self._opened.shop.sample.keeps]
            and self._until - visit.at < _KEPT
        )
        if later and not is_kept and self._random.random() < customer.redeems:
            used_at = later[min(self._random.choice((0, 0, 0, 1, 2)), len(later) - 1)] + _MINUTE
            yield Act(at=used_at, command=self._redemption(voucher, command))
            if self._random.random() < _USED_TWICE:
                yield Act(at=used_at + 4 * _MINUTE, command=self._redemption(voucher, command))
        yield from self._expiry(voucher)

    def _redemption(self, voucher: NewVoucher, at: StampCard) -> RedeemVoucher:
        """By whom the terms say: staff at the till of `at`, or the holder on their own phone."""
        ways: dict[str, Via] = {"staff": "staff", "self": "self", "code": "code"}
        via = ways[voucher.terms.redemption]
        if via == "staff":
            return RedeemVoucher(
                merchant_id=self._merchant_id,
                actor=at.actor,
                location_id=at.location_id,
                device=at.device,
                voucher_id=voucher.id,
                via=via,
            )
        holder = Actor(
            kind=ActorKind.CUSTOMER,
            id=voucher.customer_id,
            merchant_id=self._merchant_id,
            permissions=frozenset(),
        )
        return RedeemVoucher(
            merchant_id=self._merchant_id,
            actor=holder,
            voucher_id=voucher.id,
            card_id=voucher.card_id,
            via=via,
        )

    def _expiry(self, voucher: NewVoucher) -> Iterable[Act]:
        """What the hourly job would record, once for all vouchers that end at the same midnight."""
        ends = voucher.expires_at
        if ends is not None and ends not in self._expiries:
            self._expiries.add(ends)
            command = ExpireVouchers(
                merchant_id=self._merchant_id, actor=system_actor(self._merchant_id), limit=EXPIRED_AT_ONCE
            )
            yield Act(at=ends + 5 * _MINUTE, command=command)

    def _gift(self, customer: PlannedCustomer, card_id: str) -> Act:
        """A voucher by hand, after a visit that went badly."""
        gift = self._opened.shop.gift
        command = IssueVoucher(
            merchant_id=self._merchant_id,
            actor=self._manager,
            card_id=card_id,
            terms=full_terms(
                RewardTerms(validity=Validity(kind="days", n=gift.validity_days)),
                kind="voucher",
                title=gift.title,
                description=gift.description,
                image=None,
            ),
        )
        *_earlier, last = customer.visits

        def then(outcome: Outcome) -> Iterable[Act]:
            redemption = RedeemVoucher(
                merchant_id=self._merchant_id,
                actor=self._random.choice(self._staff),
                location_id=self._opened.location_ids[0],
                device=self._opened.shop.tills[0],
                voucher_id=str(outcome.or_raise().facts["voucher"]),
                via="staff",
            )
            yield Act(at=last.at + 2 * _MINUTE, command=redemption)

        return Act(at=self._random.choice(customer.visits[:-1]).at + 3 * _MINUTE, command=command, then=then)


def _again(command: StampCard) -> StampCard:
    """The same card once more: another scan, so another key."""
    return StampCard(
        merchant_id=command.merchant_id,
        actor=command.actor,
        location_id=command.location_id,
        device=command.device,
        card_id=command.card_id,
        stamps=command.stamps,
        amount=command.amount,
    )
