"""Owners hear in time that a certificate ends, once each time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import time_machine
from prometheus_client import generate_latest

from cardamom.db.settings import Settings
from cardamom.ledger.commands import new_key
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import notices_of
from cardamom.wallet.apple.test_authority import Authority
from cardamom.wallet.credential_service import set_apple
from cardamom.wallet.expiry import CERTIFICATE_ENDS, milestone_at
from cardamom.wallet.jobs import tell_of_expiry
from cardamom.wallet.wallets import Wallets
from cardamom.web.assembly import assemble_wallets
from tests.wallet.keys import a_certificate, apple_material, as_files
from tests.world import World

NOW = datetime.now(UTC)


class Work(msgspec.Struct, frozen=True):
    ledger: Ledger
    wallets: Wallets


@pytest.mark.parametrize(
    ("days", "milestone"),
    [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0.5, 7), (0, 0), (-9, 0)],
)
def test_the_last_milestone_counts(days: float, milestone: int | None) -> None:
    assert milestone_at(NOW + timedelta(days=days), at=NOW) == milestone


@pytest.fixture
def work(world: World, settings: Settings) -> Work:
    return Work(world.ledger, assemble_wallets(settings, world.database))


async def give(world: World, work: Work, authority: Authority, *, days: int) -> None:
    await set_apple(
        world.ledger,
        wallets=work.wallets,
        actor=world.owner,
        merchant_id=world.merchant_id,
        given=apple_material(authority, a_certificate(authority, days=days)),
        key=new_key(),
    )


async def told(world: World) -> list[int]:
    """The milestones that the owner was told of, in order."""
    async with world.database.reading(world.merchant_id) as tx:
        found = await notices_of(tx, world.merchant_id)
    return sorted((notice.facts["days"] for notice in found if notice.kind == CERTIFICATE_ENDS), reverse=True)


async def test_an_owner_is_told_once_at_each_milestone(
    world: World, work: Work, authority: Authority
) -> None:
    await give(world, work, authority, days=100)
    heard = []
    for day in (0, 41, 42, 75, 94, 95, 101, 102):
        with time_machine.travel(NOW + timedelta(days=day), tick=True):
            await tell_of_expiry(work)
            await tell_of_expiry(work)
            heard.append(await told(world))
    assert heard == [
        [],
        [60],
        [60],
        [60, 30],
        [60, 30, 7],
        [60, 30, 7],
        [60, 30, 7, 0],
        [60, 30, 7, 0],
    ]


async def test_a_renewed_certificate_is_quiet_and_later_news_again(
    world: World, work: Work, authority: Authority
) -> None:
    await give(world, work, authority, days=20)
    await tell_of_expiry(work)
    await give(world, work, authority, days=365)
    await tell_of_expiry(work)
    assert await told(world) == [30]
    with time_machine.travel(NOW + timedelta(days=340), tick=True):
        await tell_of_expiry(work)
    assert await told(world) == [30, 30]


async def test_the_installations_own_is_in_the_log_and_in_the_metrics(
    world: World,
    settings: Settings,
    tmp_path: Path,
    authority: Authority,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = as_files(tmp_path / "keys", authority, a_certificate(authority, days=5))
    wallets = assemble_wallets(msgspec.structs.replace(settings, wallet=given), world.database)
    await tell_of_expiry(Work(world.ledger, wallets))
    assert "wallet.certificate_ends" in capsys.readouterr().out
    assert await told(world) == []
    said = generate_latest().decode()
    assert 'cardamom_wallet_certificate_days_to_expiry{wallet="apple",whose="installation"} 5.0' in said
