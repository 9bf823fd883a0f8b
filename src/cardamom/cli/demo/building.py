"""Makes a demo in an empty database: opens the shops, tells their history, writes down how to get in."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from cardamom.access.passwords import Passwords
from cardamom.cards.links import LinkMaker
from cardamom.cards.queries import card_by_id, shown
from cardamom.cli.console import long_work
from cardamom.cli.demo.history import tell_history
from cardamom.cli.demo.opening import OpenShop, open_shop
from cardamom.cli.demo.plan import DAYS, Planner
from cardamom.cli.demo.record import Demo, Login, MerchantRecord, ProgramRecord, SampleCard
from cardamom.cli.demo.shops import Worker, load_shops
from cardamom.cli.work import follow_the_news
from cardamom.db.connections import connect
from cardamom.db.database import Database
from cardamom.db.settings import Settings
from cardamom.kit.clock import now
from cardamom.ledger.commands import Command, Outcome
from cardamom.ledger.dispatcher import Dispatcher
from cardamom.ledger.writer import Ledger
from cardamom.web.assembly import register_all

#: The shops open a little before their first customers come.
_OPEN_BEFORE = timedelta(days=DAYS + 2)
#: The history ends a little before now, so that the first stamp of a visitor is not too early.
_ENDS_BEFORE = timedelta(minutes=30)


class PastLedger(Ledger):
    """A ledger that takes commands without a time of their own for past ones: what services do here happens at `at`."""

    def __init__(self, database: Database, *, at: datetime) -> None:
        # One lane: the books keep the order of the history.
        super().__init__(database, lanes=1)
        self._at = at

    async def submit(self, command: Command, *, as_of: datetime | None = None) -> Outcome:
        return await super().submit(command, as_of=as_of or self._at)


def build(url: str, settings: Settings, *, base_url: str) -> Demo:
    """Fill a database that has tables and no rows. A bar shows how far it is."""
    demo = asyncio.run(_build(url, settings, base_url))
    with connect(url, application="cardamom demo", autocommit=True) as connection:
        # The first pages should not have to wait until the server notices by itself how much came in.
        connection.execute("analyze")
    return demo


async def _build(url: str, settings: Settings, base_url: str) -> Demo:
    until = now() - _ENDS_BEFORE
    database = Database(url, pool_size=2)
    links = LinkMaker(settings.secret_key, lambda: base_url)
    ledger = PastLedger(database, at=until - _OPEN_BEFORE)
    register_all(ledger, links)
    await ledger.start()
    try:
        passwords = Passwords()
        opened = await asyncio.gather(
            *(open_shop(ledger, shop, passwords=passwords) for shop in load_shops())
        )
        sample_cards = await _live(ledger, opened, until)
        await _announce(database)
        records = [
            await _record(database, links, shop, card_id)
            for shop, card_id in zip(opened, sample_cards, strict=True)
        ]
    finally:
        await ledger.stop()
        await database.close()
    return Demo(base_url, records)


async def _live(ledger: Ledger, opened: list[OpenShop], until: datetime) -> list[str]:
    """Ninety days; returns the ids of the sample cards."""
    shops = [
        (each, Planner(each.shop, time_zone=each.merchant.time_zone, until=until).customers())
        for each in opened
    ]
    with long_work("Making up the history of four shops, in days", total=DAYS) as done:
        return await tell_history(
            ledger, shops, until=until, told=lambda at: done(max(0, DAYS - (until - at).days))
        )


async def _announce(database: Database) -> None:
    """Give every event its place in its feed, as the worker would have done day by day."""
    dispatcher = Dispatcher(database)
    follow_the_news(dispatcher)
    await dispatcher.drain()


async def _record(database: Database, links: LinkMaker, opened: OpenShop, sample_card: str) -> MerchantRecord:
    merchant = opened.merchant
    async with database.reading(merchant.id) as tx:
        row = await card_by_id(tx, merchant.id, sample_card)
    if row is None:
        raise LookupError(f"the sample card of {merchant.slug} is missing")
    card = shown(row, links)
    return MerchantRecord(
        slug=merchant.slug,
        name=merchant.name[merchant.language],
        language=merchant.language,
        api_key=opened.api_key,
        owner=_login(opened, opened.shop.person("owner")),
        staff=_login(opened, opened.shop.person("staff")),
        programs=[ProgramRecord(program.id, program.slug, program.goal) for program in opened.programs],
        join_url=links.join_url(opened.programs[0].slug),
        sample_card=SampleCard(card.id, card.code, card.number, card.links.page),
    )


def _login(opened: OpenShop, worker: Worker) -> Login:
    member = opened.member(worker)
    return Login(member.login, member.password)
