"""Giving out a card, in batches: imports and a queue at the opening day go through here like a single visitor."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

import msgspec

from cardamom.cards.errors import ExternalIdTaken, ProgramClosed
from cardamom.cards.links import LinkMaker
from cardamom.cards.rulebook import RewardKey, Rulebook
from cardamom.customers.consents import Consent
from cardamom.customers.contacts import Contact
from cardamom.customers.errors import ExternalIdTaken as HolderIdTaken
from cardamom.customers.events import consent_recorded, customer_created
from cardamom.customers.writing import (
    NewConsent,
    NewCustomer,
    insert_consents,
    insert_customers,
    taken_external_ids,
)
from cardamom.kit.codes import CodeKind, new_code, new_number
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import new_id
from cardamom.ledger.arrays import binary, plain, quoted
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Account, Decision, Event, Move, Occasion, refused
from cardamom.ledger.handlers import Decided, Facts, Tx
from cardamom.programs.rules import Progress, begin
from cardamom.vouchers import issuing
from cardamom.vouchers.issuing import NewVoucher
from cardamom.vouchers.rules import Terms

#: Eight digits are typed in a breath, and a merchant with 100 000 cards meets a taken one once in a thousand joins.
NUMBER_DIGITS = 8

Source = Literal["join_form", "staff", "api", "import"]

_random = secrets.SystemRandom()


class JoinCard(Command, frozen=True, kw_only=True):
    """Give somebody a card of a program.

    contact: a new card holder to create; customer_id: one who exists; neither: an anonymous card, to be claimed later.
    Both: the holder was found by the contact, which is not written then.
    """

    kind: ClassVar[str] = "card.join"

    program_id: str
    source: Source
    contact: Contact | None = None
    customer_id: str | None = None
    consents: tuple[Consent, ...] = ()
    external_id: str | None = None
    language: str | None = None

    def fingerprint(self) -> bytes:
        """Who was found by the contact is not part of the request: a retry finds whom the first try created."""
        asked = self if self.contact is None else msgspec.structs.replace(self, customer_id=None)
        return Command.fingerprint(asked)


class NewCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card about to exist."""

    merchant_id: str
    id: str
    program_id: str
    customer_id: str | None
    code: str
    number: str
    external_id: str | None
    language: str | None
    token_hash: bytes
    source: str
    created_at: datetime


class JoinedRows(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one join writes besides the ledger's own rows."""

    card: NewCard
    customer: NewCustomer | None
    consents: Sequence[NewConsent]
    vouchers: Sequence[NewVoucher]


class _Offer(msgspec.Struct, frozen=True):
    status: str
    version: int
    handle: str
    time_zone: str


_OFFERS = """
select p.merchant_id, p.id, p.status, p.version, m.handle, m.time_zone
  from unnest(%s::uuid[], %s::uuid[]) as u(merchant_id, id)
  join program p on p.merchant_id = u.merchant_id and p.id = u.id
  join merchant m on m.merchant_id = p.merchant_id
"""

_TAKEN = """
select c.merchant_id, c.program_id, c.external_id, c.id
  from unnest(%s::uuid[], %s::uuid[], %s::text[]) as u(merchant_id, program_id, external_id)
  join card c on c.merchant_id = u.merchant_id and c.program_id = u.program_id and c.external_id = u.external_id
"""

_INSERT = """
insert into card (merchant_id, id, program_id, customer_id, code, number, external_id, language, token_hash,
                  token_epoch, source, created_at)
select m, i, p, k, code, number, external_id, language, token_hash, 0, source, at
  from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[],
              %s::bytea[], %s::text[], %s::timestamptz[])
       as u(m, i, p, k, code, number, external_id, language, token_hash, source, at)
"""

#: (merchant_id, program_id, external_id)
ExternalKey = tuple[str, str, str]


class JoinFacts(Facts):
    """offers: programs by (merchant_id, id). taken: card ids by external key; holders: (merchant_id, external id) of
    customers. Both grow while the batch is decided."""

    __slots__ = ("holders", "offers", "rulebook", "taken", "terms")

    def __init__(self, rulebook: Rulebook) -> None:
        super().__init__({})
        self.rulebook = rulebook
        self.offers: dict[tuple[str, str], _Offer] = {}
        self.taken: dict[ExternalKey, str] = {}
        self.holders: set[tuple[str, str]] = set()
        self.terms: dict[RewardKey, Terms] = {}


class JoinHandler:
    """Registered with the ledger for JoinCard."""

    def __init__(self, rulebook: Rulebook, links: LinkMaker) -> None:
        self._rulebook = rulebook
        self._links = links

    async def load(self, tx: Tx, commands: Sequence[JoinCard]) -> JoinFacts:
        """Programs, external ids and the rewards that welcome stamps may already reach. Nothing to lock: all is new."""
        facts = JoinFacts(self._rulebook)
        wanted = sorted({(c.merchant_id, c.program_id) for c in commands})
        found = await tx.driver.execute(_OFFERS, (plain(m for m, _ in wanted), plain(p for _, p in wanted)))
        facts.offers = {(row[0], row[1]): _Offer(*row[2:]) for row in await found.fetchall()}
        keys = [(m, p, offer.version) for (m, p), offer in facts.offers.items()]
        await self._rulebook.load_versions(tx.driver, keys)
        rewards = {
            (key[0], goal.reward)
            for key in keys
            for goal in self._rulebook.rules(key).milestones
            if goal.at <= self._rulebook.rules(key).welcome_stamps
        }
        facts.terms = await self._rulebook.terms_now(tx.driver, rewards)
        external = [
            (c.merchant_id, c.program_id, c.external_id) for c in commands if c.external_id is not None
        ]
        if external:
            found = await tx.driver.execute(
                _TAKEN,
                (
                    plain(e[0] for e in external),
                    plain(e[1] for e in external),
                    quoted(e[2] for e in external),
                ),
            )
            facts.taken = {(row[0], row[1], row[2]): row[3] for row in await found.fetchall()}
        facts.holders = await taken_external_ids(tx, _holder_ids(commands))
        return facts

    def decide(self, facts: JoinFacts, command: JoinCard, occasion: Occasion) -> Decision:
        """A card with its welcome stamps, or the reason why not."""
        offer = facts.offers.get((command.merchant_id, command.program_id))
        if offer is None:
            return refused(NotFound())
        if offer.status != "live":
            return refused(ProgramClosed())
        external: ExternalKey | None = None
        if command.external_id is not None:
            external = (command.merchant_id, command.program_id, command.external_id)
            if external in facts.taken:
                return refused(ExternalIdTaken(card_id=facts.taken[external]))
        holders = set(_holder_ids([command]))
        if holders & facts.holders:
            return refused(HolderIdTaken())
        facts.holders |= holders
        card_id = new_id()
        if external is not None:
            facts.taken[external] = card_id
        return self._joined(facts, command, occasion, offer, card_id)

    def _joined(
        self, facts: JoinFacts, command: JoinCard, occasion: Occasion, offer: _Offer, card_id: str
    ) -> Decision:
        rules = facts.rulebook.rules((command.merchant_id, command.program_id, offer.version))
        begun = begin(rules, version=offer.version)
        customer = _customer(command, occasion)
        customer_id = command.customer_id if customer is None else customer.id
        consents = _consents(command, customer_id, occasion.now)
        issued = [
            issuing.draft(
                merchant_id=command.merchant_id,
                terms=facts.terms[command.merchant_id, goal.reward],
                operation_id=occasion.operation_id,
                issued_at=occasion.now,
                time_zone=offer.time_zone,
                card_id=card_id,
                customer_id=customer_id,
                program_id=command.program_id,
                reward_id=goal.reward,
                cycle=goal.cycle,
                goal_at=goal.at,
            )
            for goal in begun.crossed
            if goal.reward is not None
        ]
        waiting = [new.id for new in issued if new.active_at is None]
        progress = msgspec.structs.replace(begun.progress, waiting=waiting)
        openings = [issuing.opening(new) for new in issued]
        return Decision(
            facts={"card": card_id, "program": command.program_id, "issued": [new.id for new in issued]},
            opened=[_account(command.merchant_id, card_id, progress), *(opened for opened, _ in openings)],
            moves=[
                *(Move(card_id, unit, delta) for unit, delta in begun.moves),
                *(move for _, move in openings),
            ],
            events=[
                *([] if customer is None else [customer_created(customer.id)]),
                *(_consent_event(new) for new in consents),
                Event("card.joined", card_id, {"program": command.program_id, "source": command.source}),
                *(issuing.issued_event(new) for new in issued),
            ],
            rows=JoinedRows(
                card=self._card(command, occasion, offer, card_id, customer_id),
                customer=customer,
                consents=consents,
                vouchers=issued,
            ),
        )

    def _card(
        self, command: JoinCard, occasion: Occasion, offer: _Offer, card_id: str, customer_id: str | None
    ) -> NewCard:
        return NewCard(
            merchant_id=command.merchant_id,
            id=card_id,
            program_id=command.program_id,
            customer_id=customer_id,
            code=new_code(CodeKind.CARD),
            number=new_number(_random, length=NUMBER_DIGITS),
            external_id=command.external_id,
            language=command.language,
            token_hash=self._links.token_hash(offer.handle, card_id, 0),
            source=command.source,
            created_at=occasion.now,
        )

    async def save(self, tx: Tx, decided: Sequence[Decided]) -> None:
        """Holders, consents, cards, vouchers: one statement each."""
        rows: list[JoinedRows] = [each.decision.rows for each in decided]
        await insert_customers(tx, [row.customer for row in rows if row.customer is not None])
        await insert_consents(tx, [consent for row in rows for consent in row.consents])
        await _insert_cards(tx, [row.card for row in rows])
        await issuing.insert(tx, [new for row in rows for new in row.vouchers])


def _holder_ids(commands: Sequence[JoinCard]) -> list[tuple[str, str]]:
    """The ids in the business's own system that new holders bring along."""
    return [
        (command.merchant_id, command.contact.external_id)
        for command in commands
        if command.contact is not None
        and command.contact.external_id is not None
        and command.customer_id is None
    ]


def _account(merchant_id: str, card_id: str, progress: Progress) -> Account:
    return Account(
        merchant_id=merchant_id,
        id=card_id,
        kind="card",
        subject_id=card_id,
        state=msgspec.json.encode(progress),
    )


def _customer(command: JoinCard, occasion: Occasion) -> NewCustomer | None:
    """A holder is created where there is something to remember: contact data, or a consent that must belong to one."""
    if command.customer_id is not None or (command.contact is None and not command.consents):
        return None
    return NewCustomer(
        merchant_id=command.merchant_id,
        id=new_id(),
        contact=command.contact or Contact(),
        created_at=occasion.now,
    )


def _consents(command: JoinCard, customer_id: str | None, now: datetime) -> list[NewConsent]:
    if customer_id is None:
        return []
    return [
        NewConsent(
            merchant_id=command.merchant_id,
            id=new_id(),
            customer_id=customer_id,
            consent=consent,
            source=command.source,
            recorded_at=now,
        )
        for consent in command.consents
    ]


def _consent_event(new: NewConsent) -> Event:
    consent = new.consent
    return consent_recorded(
        new.customer_id, channel=consent.channel, purpose=consent.purpose, granted=consent.granted
    )


async def _insert_cards(tx: Tx, cards: Sequence[NewCard]) -> None:
    columns: tuple[Any, ...] = (
        plain(c.merchant_id for c in cards),
        plain(c.id for c in cards),
        plain(c.program_id for c in cards),
        plain(c.customer_id for c in cards),
        quoted(c.code for c in cards),
        quoted(c.number for c in cards),
        quoted(c.external_id for c in cards),
        quoted(c.language for c in cards),
        binary(c.token_hash for c in cards),
        quoted(c.source for c in cards),
        plain(c.created_at.isoformat() for c in cards),
    )
    await tx.driver.execute(_INSERT, columns)
