"""`cardamom doctor wallet`: a pass of every program is built, looked at and verified, and nothing is written."""

import asyncio
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import msgspec
import pytest

from cardamom.cli import doctor, doctor_wallet
from cardamom.cli.doctor import Finding
from cardamom.cli.doctor_wallet import examine_wallet, verify_with_openssl
from cardamom.db.settings import Settings
from cardamom.db.wallet_settings import WalletSettings
from cardamom.ledger.commands import new_key
from cardamom.merchants.queries import merchant_by_id
from cardamom.programs.schemas import ProgramPatch
from cardamom.programs.service import update_program
from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.document import identity_of
from cardamom.wallet.apple.issuing import build_card_pass
from cardamom.wallet.apple.test_authority import Authority
from cardamom.wallet.credential_service import set_apple
from cardamom.wallet.example import example_face
from cardamom.wallet.lint.findings import error, warning
from cardamom.web.assembly import assemble_wallets
from tests.wallet.keys import OWN_PASS_TYPE, ROBOT, a_certificate, apple_material, as_files
from tests.world import World

NOW = datetime.now(UTC)


async def a_pass(world: World, settings: Settings, certificate: PassCertificate) -> bytes:
    wallets = assemble_wallets(settings, world.database)
    async with world.database.reading(world.merchant_id) as tx:
        merchant = await merchant_by_id(tx, world.merchant_id)
        face = await example_face(tx, merchant, world.program_id, links=wallets.links)
    identity = identity_of(certificate, serial="cafe.1", service_url="", token="")
    return await build_card_pass(face, identity=identity, certificate=certificate, art=wallets.art)


def examined(settings: Settings, world: World, given: WalletSettings) -> dict[str, Finding]:
    said = msgspec.structs.replace(settings, wallet=given, database_url=world.database.url)
    found = list(examine_wallet(said))
    # A program is looked at twice, for Apple and for Google.
    return {
        f"{finding.what} {finding.sentence[:6]}" if "/" in finding.what else finding.what: finding
        for finding in found
    }


async def in_a_thread(settings: Settings, world: World, given: WalletSettings) -> dict[str, Finding]:
    """The doctor has an event loop of its own."""
    return await asyncio.to_thread(examined, settings, world, given)


async def slug_of(world: World) -> str:
    async with world.database.reading(world.merchant_id) as tx:
        return (await merchant_by_id(tx, world.merchant_id)).slug


async def test_without_keys_all_is_well(world: World, settings: Settings) -> None:
    found = await in_a_thread(settings, world, WalletSettings())
    assert {finding.status for finding in found.values()} == {"ok"}
    assert "CARDAMOM_APPLE_CERTIFICATE" in found["apple keys"].sentence
    assert len(found) == 3


def test_a_database_without_tables_gets_advice(settings: Settings, server_url: str) -> None:
    *_others, last = examine_wallet(msgspec.structs.replace(settings, database_url=server_url))
    assert (last.status, "cardamom migrate" in last.sentence) == ("warn", True)


async def test_a_pass_of_each_live_program_is_verified(
    world: World, settings: Settings, tmp_path: Path, authority: Authority
) -> None:
    given = as_files(tmp_path / "keys", authority, a_certificate(authority, days=100))
    found = await in_a_thread(settings, world, given)
    assert "99 days left. A test certificate" in found["apple keys"].sentence
    assert ROBOT in found["google keys"].sentence
    looked = [finding for what, finding in found.items() if what.startswith(f"{await slug_of(world)}/")]
    assert [finding.status for finding in looked] == ["ok", "ok"]
    await update_program(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        program_id=world.program_id,
        patch=ProgramPatch(status="archived"),
        key=new_key(),
    )
    assert len(await in_a_thread(settings, world, given)) == 3


async def test_a_businesss_own_keys_are_looked_at(
    world: World, settings: Settings, authority: Authority
) -> None:
    await set_apple(
        world.ledger,
        wallets=assemble_wallets(settings, world.database),
        actor=world.owner,
        merchant_id=world.merchant_id,
        given=apple_material(authority, a_certificate(authority)),
        key=new_key(),
    )
    found = await in_a_thread(settings, world, WalletSettings())
    assert OWN_PASS_TYPE in found[f"{await slug_of(world)} apple"].sentence


async def test_a_broken_file_is_a_failure_with_its_reason(
    world: World, settings: Settings, tmp_path: Path, authority: Authority
) -> None:
    given = as_files(tmp_path / "keys", authority, a_certificate(authority))
    (tmp_path / "keys" / "key.pem").write_bytes(a_certificate(authority).key_pem)
    found = await in_a_thread(settings, world, given)
    assert found["apple keys"].status == "fail"
    assert "belongs to another certificate" in found["apple keys"].sentence
    assert doctor.wallets(given, at=NOW).status == "fail"


async def test_the_short_look_counts_days(settings: Settings, tmp_path: Path, authority: Authority) -> None:
    given = as_files(tmp_path / "keys", authority, a_certificate(authority, days=100))
    assert doctor.wallets(given, at=NOW).status == "ok"
    assert doctor.wallets(given, at=NOW + timedelta(days=50)).status == "warn"
    assert doctor.wallets(given, at=NOW + timedelta(days=101)).status == "fail"
    assert doctor.wallets(WalletSettings(), at=NOW).status == "ok"


async def test_openssl_sees_a_changed_manifest(
    world: World, settings: Settings, pass_certificate: PassCertificate
) -> None:
    good = await a_pass(world, settings, pass_certificate)
    assert verify_with_openssl(good, pass_certificate).status == "ok"
    changed = BytesIO()
    with ZipFile(BytesIO(good)) as before, ZipFile(changed, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, content + b"\n" if name == "manifest.json" else content)
    assert verify_with_openssl(changed.getvalue(), pass_certificate).status == "fail"


async def test_without_openssl_it_says_so(
    world: World, settings: Settings, pass_certificate: PassCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = await a_pass(world, settings, pass_certificate)
    monkeypatch.setenv("PATH", "/nowhere")
    verified = verify_with_openssl(good, pass_certificate)
    assert (verified.status, "not installed" in verified.sentence) == ("warn", True)


def test_the_gravest_finding_is_told() -> None:
    found = [warning("small", "icon.png", "It is small."), error("none", "logo.png", "It is not there.")]
    told = doctor_wallet.judged("cafe/coffee", "Apple pass.", found)
    assert (told.status, "logo.png" in told.sentence, "And 1 more" in told.sentence) == ("fail", True, True)
    assert doctor_wallet.judged("cafe/coffee", "Apple pass.", found[:1]).status == "warn"
