"""What a scan tells the person at the counter: outcomes turned into the answer of the API, with one sentence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cardamom.cards.links import LinkMaker
from cardamom.cards.queries import CardRow, milestones, shown
from cardamom.cards.schemas import Card, Holder, VoucherBrief
from cardamom.cards.stamping import StampedCard
from cardamom.counter.schemas import ScanOut
from cardamom.kit.errors import Refused
from cardamom.kit.i18n import _, current_language, ngettext, say_number
from cardamom.kit.localised import pick
from cardamom.kit.text import isolate
from cardamom.ledger.commands import Outcome
from cardamom.programs.rules import to_go
from cardamom.vouchers.issuing import NewVoucher
from cardamom.vouchers.rules import Redeemed, VoucherNow
from cardamom.vouchers.schemas import sentence_of
from cardamom.vouchers.schemas import shown as shown_voucher


def refused_scan(why: Refused) -> ScanOut:
    """A refusal that wrote nothing: what was scanned did not even name a card or a voucher."""
    return ScanOut(outcome="refused", reason=why.code, sentence=why.sentence())


def stamped_scan(outcome: Outcome, card: Card, issued: list[VoucherBrief]) -> ScanOut:
    """An accepted stamp. A repeated read shows the first result and can be undone like it."""
    facts = outcome.facts
    repeats = facts.get("repeats")
    return ScanOut(
        outcome="accepted",
        reason=None if repeats is None else "repeated_read",
        sentence=_stamp_sentence(facts, issued),
        operation=repeats or outcome.operation_id,
        recorded_at=outcome.recorded_at,
        replayed=outcome.replayed,
        granted=facts.get("granted", 0),
        card=card,
        issued=issued,
    )


def refused_stamp(outcome: Outcome, card: Card | None) -> ScanOut:
    """A stored refusal; the card is shown with where it stands."""
    why = outcome.refusal()
    return ScanOut(
        outcome="refused",
        reason=why.code,
        sentence=why.sentence(),
        operation=outcome.operation_id,
        recorded_at=outcome.recorded_at,
        replayed=outcome.replayed,
        card=card,
    )


def offered_scan(
    found: VoucherNow, answer: Redeemed | Refused, *, now: datetime, card: Card | None
) -> ScanOut:
    """A voucher that was only shown: what it is, and whether it could be redeemed here and now."""
    voucher = shown_voucher(found, now=now)
    if isinstance(answer, Refused):
        return ScanOut(
            outcome="refused", reason=answer.code, sentence=answer.sentence(), voucher=voucher, card=card
        )
    title = pick(voucher.title, current_language(), fallback=current_language())
    return ScanOut(
        outcome="accepted",
        reason="redeem_offered",
        sentence=_("Ready to redeem: %(title)s.") % {"title": isolate(title)},
        voucher=voucher,
        card=card,
    )


def redeemed_scan(outcome: Outcome, found: VoucherNow, *, now: datetime) -> ScanOut:
    """A redemption, granted or not, with the voucher as it stands now."""
    return ScanOut(
        outcome=outcome.outcome,
        reason=outcome.reason,
        sentence=sentence_of(outcome),
        operation=outcome.operation_id,
        recorded_at=outcome.recorded_at,
        replayed=outcome.replayed,
        voucher=shown_voucher(found, now=now),
    )


def card_after(stamped: StampedCard, links: LinkMaker) -> Card:
    """The card right after its stamp, from what the handler had at hand."""
    card, progress, rules = stamped.card, stamped.progress, stamped.rules
    return Card(
        id=card.id,
        code=card.code,
        number=card.number,
        program=card.program_id,
        customer=None if card.customer_id is None else Holder(card.customer_id, card.customer_name),
        balance=stamped.balance,
        goal=rules.goal,
        to_go=to_go(stamped.balance, progress, rules),
        cycle=progress.cycle,
        lifetime=progress.lifetime,
        milestones=milestones(rules, progress),
        vouchers=[*card.vouchers, *(brief(new) for new in stamped.issued)],
        links=links.links(card.handle, card.id, card.token_epoch),
        revision=stamped.revision,
        external_id=card.external_id,
        language=card.language,
        created_at=card.created_at,
    )


def card_now(row: CardRow, links: LinkMaker) -> Card:
    """The card as it stands, for a replay or a refusal."""
    return shown(row, links)


def brief(new: NewVoucher) -> VoucherBrief:
    """A voucher that was issued a moment ago."""
    return VoucherBrief(
        id=new.id,
        status=new.status.value,
        title=new.terms.title,
        redemption=new.terms.redemption,
        expires_at=new.expires_at,
    )


def _stamp_sentence(facts: dict[str, Any], issued: list[VoucherBrief]) -> str:
    if facts.get("repeats") is not None:
        return _("This card was stamped a moment ago.")
    if issued:
        return ngettext("The reward is ready.", "%(count)s rewards are ready.", len(issued)) % {
            "count": say_number(len(issued))
        }
    left = facts["to_go"]
    return ngettext(
        "Stamped. %(left)s more stamp to the reward.", "Stamped. %(left)s more stamps to the reward.", left
    ) % {"left": say_number(left)}
