"""The worker knows every job of the house, and does what was deferred."""

import importlib
import pkgutil
from pathlib import Path

import cardamom
from cardamom.cli.work import JOBS, Work, follow_the_news
from cardamom.db.jobs import Job, run_waiting_jobs
from cardamom.db.settings import Settings
from cardamom.ledger.dispatcher import Dispatcher
from cardamom.merchants.queries import notices_of
from cardamom.programs.schemas import RedeemCode
from cardamom.vouchers.pools import CreatePool, FillPool
from cardamom.vouchers.schemas import RedemptionIn, VoucherIn
from cardamom.vouchers.service import issue_voucher, redeem_voucher
from cardamom.web.assembly import assemble_wallets
from tests.cli.commands import cardamom as command
from tests.world import World


def test_no_job_was_forgotten() -> None:
    declared = set()
    for package in pkgutil.iter_modules(cardamom.__path__):
        if package.name != "db" and importlib.util.find_spec(f"cardamom.{package.name}.jobs"):
            module = importlib.import_module(f"cardamom.{package.name}.jobs")
            declared |= {value for value in vars(module).values() if isinstance(value, Job)}
    assert declared == set(JOBS)


def test_it_does_not_begin_before_the_tables_are_there(tmp_path: Path, server_url: str) -> None:
    done = command("worker", "--data", str(tmp_path), CARDAMOM_DATABASE_URL=server_url)
    assert done.returncode == 1
    assert "cardamom migrate" in done.stderr


async def test_an_empty_pool_reaches_the_owner(world: World, tmp_path: Path) -> None:
    pool = CreatePool(merchant_id=world.merchant_id, actor=world.owner, name="Online")
    pool_id = str((await world.ledger.submit(pool)).facts["pool"])
    await world.ledger.submit(
        FillPool(merchant_id=world.merchant_id, actor=world.owner, pool_id=pool_id, codes=["ONE"])
    )
    new = VoucherIn(title={"en": "Tea"}, redemption="code", code=RedeemCode(kind="pool", pool=pool_id))
    issued = await issue_voucher(
        world.ledger, actor=world.owner, merchant_id=world.merchant_id, new=new, key="issue"
    )
    used = await redeem_voucher(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        voucher_id=issued.facts["voucher"],
        at=RedemptionIn(),
        key="redeem",
    )
    assert used.accepted
    dispatcher = Dispatcher(world.database)
    follow_the_news(dispatcher)
    await dispatcher.drain()
    settings = Settings(data=tmp_path, secret_key=bytes(32))
    wallets = assemble_wallets(settings, world.database)
    work = Work(settings=settings, database=world.database, ledger=world.ledger, wallets=wallets)
    await run_waiting_jobs(world.database.url, work=work)
    async with world.database.reading(world.merchant_id) as tx:
        assert [notice.kind for notice in await notices_of(tx, world.merchant_id)] == ["pool_emptied"]
