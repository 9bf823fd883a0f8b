"""Whose keys make a pass: the merchant's own, else the installation's; swapped while everything runs."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
import time_machine
from litestar.testing import AsyncTestClient

from cardamom.access.permissions import ROLES, Permission
from cardamom.db.database import Database
from cardamom.db.settings import Settings
from cardamom.db.wallet_settings import WalletSettings
from cardamom.kit.errors import NotPermitted
from cardamom.kit.signing import Undecryptable
from cardamom.ledger.commands import new_key
from cardamom.merchants.queries import merchant_by_id
from cardamom.wallet import credential_service
from cardamom.wallet import credentials as following
from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.errors import CertificateExpired, CertificateKeyMismatch
from cardamom.wallet.apple.test_authority import DEMO_PASS_TYPE, Authority, IssuedCertificate
from cardamom.wallet.credential_errors import CertificateOfAnotherTeam
from cardamom.wallet.sealed import seal, unseal_google
from cardamom.wallet.standing import standing_of
from cardamom.wallet.tables import credentials as rows
from cardamom.wallet.wallets import Wallets
from cardamom.web.assembly import assemble_wallets
from tests.wallet.keys import (
    ISSUER,
    OWN_PASS_TYPE,
    OWN_TEAM,
    ROBOT,
    a_certificate,
    apple_body,
    apple_material,
    as_files,
    google_body,
    google_material,
)
from tests.world import World, a_world

Client = AsyncTestClient[Any]


@pytest.fixture
def installed(tmp_path: Path, authority: Authority) -> WalletSettings:
    return as_files(tmp_path / "keys", authority, a_certificate(authority, pass_type=DEMO_PASS_TYPE))


@pytest.fixture
def assembled(settings: Settings, database: Database) -> Callable[[WalletSettings], Wallets]:
    def assemble(given: WalletSettings) -> Wallets:
        return assemble_wallets(msgspec.structs.replace(settings, wallet=given), database)

    return assemble


async def give(world: World, wallets: Wallets, authority: Authority, issued: IssuedCertificate) -> None:
    await credential_service.set_apple(
        world.ledger,
        wallets=wallets,
        actor=world.owner,
        merchant_id=world.merchant_id,
        given=apple_material(authority, issued),
        key=new_key(),
    )


async def take_away(world: World, wallets: Wallets) -> None:
    await credential_service.remove(
        world.ledger,
        wallets=wallets,
        actor=world.owner,
        merchant_id=world.merchant_id,
        wallet="apple",
        key=new_key(),
    )


async def handle_of(world: World) -> str:
    async with world.database.reading(world.merchant_id) as tx:
        return (await merchant_by_id(tx, world.merchant_id)).handle


async def signer(wallets: Wallets, world: World) -> PassCertificate:
    found = await wallets.credentials.apple(world.merchant_id)
    assert found is not None
    return found


async def test_without_keys_there_are_no_wallets(
    world: World, assembled: Callable[[WalletSettings], Wallets]
) -> None:
    wallets = assembled(WalletSettings())
    assert await wallets.credentials.apple(world.merchant_id) is None
    assert await wallets.credentials.google(world.merchant_id) is None
    assert wallets.credentials.wallets_of(await handle_of(world)) == (False, False)
    assert wallets.links.links(await handle_of(world), world.program_id, 0).apple is None


async def test_the_installation_signs_for_everybody(
    world: World, assembled: Callable[[WalletSettings], Wallets], installed: WalletSettings
) -> None:
    wallets = assembled(installed)
    assert (await signer(wallets, world)).pass_type == DEMO_PASS_TYPE
    account = await wallets.credentials.google(world.merchant_id)
    assert account is not None
    assert account.issuer_id == ISSUER
    assert wallets.credentials.wallets_of(await handle_of(world)) == (True, True)


async def test_a_merchants_own_win_and_older_pass_types_go_on(
    world: World,
    assembled: Callable[[WalletSettings], Wallets],
    installed: WalletSettings,
    authority: Authority,
) -> None:
    wallets = assembled(installed)
    await give(world, wallets, authority, a_certificate(authority))
    await give(world, wallets, authority, a_certificate(authority, pass_type="pass.example.newer"))
    assert (await signer(wallets, world)).pass_type == "pass.example.newer"
    for pass_type in (DEMO_PASS_TYPE, OWN_PASS_TYPE, "pass.example.newer"):
        older = await wallets.credentials.apple_for(world.merchant_id, pass_type)
        assert older is not None
        assert older.pass_type == pass_type
    assert await wallets.credentials.apple_for(world.merchant_id, "pass.example.others") is None


async def test_the_same_pass_type_again_takes_the_place_of_the_old_one(
    world: World, assembled: Callable[[WalletSettings], Wallets], authority: Authority
) -> None:
    wallets = assembled(WalletSettings())
    await give(world, wallets, authority, a_certificate(authority, days=20))
    await give(world, wallets, authority, a_certificate(authority, days=365))
    assert (await signer(wallets, world)).days_left(datetime.now(UTC)) > 300
    async with world.database.reading(world.merchant_id) as tx:
        sealed = [bytes(value) for (value,) in await tx.execute(sa.select(rows.c.sealed))]
    assert sorted(map(bool, sealed)) == [False, True], "the key that nobody needs any more is gone"


async def test_a_pass_type_stays_with_its_team(
    world: World, assembled: Callable[[WalletSettings], Wallets], authority: Authority
) -> None:
    wallets = assembled(WalletSettings())
    await give(world, wallets, authority, a_certificate(authority))
    await give(world, wallets, authority, a_certificate(authority, pass_type="pass.example.newer"))
    for pass_type in (OWN_PASS_TYPE, "pass.example.newer"):
        stranger = a_certificate(authority, pass_type=pass_type, team="SOMEONE001")
        with pytest.raises(CertificateOfAnotherTeam) as refused:
            await give(world, wallets, authority, stranger)
        assert refused.value.facts["team"] == OWN_TEAM
    assert (await signer(wallets, world)).team == OWN_TEAM
    await take_away(world, wallets)
    await give(world, wallets, authority, a_certificate(authority, team="SOMEONE001"))
    assert (await signer(wallets, world)).team == "SOMEONE001", "whoever removes it begins anew"


async def test_the_pass_type_of_the_installation_stays_with_its_team(
    world: World,
    assembled: Callable[[WalletSettings], Wallets],
    installed: WalletSettings,
    authority: Authority,
) -> None:
    wallets = assembled(installed)
    stranger = a_certificate(authority, pass_type=DEMO_PASS_TYPE, team="SOMEONE001")
    with pytest.raises(CertificateOfAnotherTeam):
        await give(world, wallets, authority, stranger)
    assert (await signer(wallets, world)).pass_type == DEMO_PASS_TYPE


async def test_another_process_follows(
    world: World,
    assembled: Callable[[WalletSettings], Wallets],
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.05)
    here, there = assembled(WalletSettings()), assembled(WalletSettings())
    handle = await handle_of(world)
    async with there.following():
        assert there.credentials.wallets_of(handle) == (False, False)
        await give(world, here, authority, a_certificate(authority))
        for _look in range(100):
            if there.credentials.wallets_of(handle) == (True, False):
                break
            await asyncio.sleep(0.05)
        assert (await signer(there, world)).team == OWN_TEAM


async def test_a_process_follows_on_when_the_database_was_away(
    world: World,
    assembled: Callable[[WalletSettings], Wallets],
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the middle of reading the rows; the engine says it in words of its own."""
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.05)
    here, there = assembled(WalletSettings()), assembled(WalletSettings())
    handle = await handle_of(world)
    async with there.following():
        read, losses = (
            there.credentials.refresh,
            iter([sa.exc.OperationalError("select", None, OSError("cut"))]),
        )

        async def refresh() -> None:
            for loss in losses:
                raise loss
            await read()

        monkeypatch.setattr(there.credentials, "refresh", refresh)
        await give(world, here, authority, a_certificate(authority))
        for _look in range(100):
            if there.credentials.wallets_of(handle) == (True, False):
                return
            await asyncio.sleep(0.05)
    raise AssertionError("nobody follows any more")


async def test_what_is_removed_is_erased(
    world: World,
    assembled: Callable[[WalletSettings], Wallets],
    installed: WalletSettings,
    authority: Authority,
) -> None:
    wallets = assembled(installed)
    await give(world, wallets, authority, a_certificate(authority))
    await take_away(world, wallets)
    assert (await signer(wallets, world)).pass_type == DEMO_PASS_TYPE
    assert await wallets.credentials.apple_for(world.merchant_id, OWN_PASS_TYPE) is None
    async with world.database.reading(world.merchant_id) as tx:
        assert [bytes(value) for (value,) in await tx.execute(sa.select(rows.c.sealed))] == [b""]


async def test_an_expired_certificate_signs_nothing_and_says_so(
    world: World, assembled: Callable[[WalletSettings], Wallets], authority: Authority
) -> None:
    wallets = assembled(WalletSettings())
    await give(world, wallets, authority, a_certificate(authority, days=10))
    with time_machine.travel(datetime.now(UTC) + timedelta(days=11), tick=True):
        assert await wallets.credentials.apple(world.merchant_id) is None
        assert wallets.credentials.wallets_of(await handle_of(world)) == (False, False)
        standing = await standing_of(wallets.credentials, world.merchant_id, "apple")
        assert isinstance(standing.problem, CertificateExpired)
        assert not standing.is_ready


async def test_an_expired_one_is_not_taken(
    world: World, assembled: Callable[[WalletSettings], Wallets], authority: Authority
) -> None:
    with pytest.raises(CertificateExpired):
        await give(world, assembled(WalletSettings()), authority, a_certificate(authority, days=-1))


async def test_only_an_owner_gives_keys(
    world: World, assembled: Callable[[WalletSettings], Wallets], authority: Authority
) -> None:
    manager = msgspec.structs.replace(world.owner, permissions=frozenset(ROLES["manager"]))
    with pytest.raises(NotPermitted):
        await credential_service.set_apple(
            world.ledger,
            wallets=assembled(WalletSettings()),
            actor=manager,
            merchant_id=world.merchant_id,
            given=apple_material(authority, a_certificate(authority)),
            key=new_key(),
        )


async def test_another_instance_key_opens_nothing_and_says_so(
    world: World,
    settings: Settings,
    assembled: Callable[[WalletSettings], Wallets],
    authority: Authority,
) -> None:
    await give(world, assembled(WalletSettings()), authority, a_certificate(authority))
    other = assemble_wallets(msgspec.structs.replace(settings, secret_key=bytes([7]) * 32), world.database)
    assert await other.credentials.apple(world.merchant_id) is None
    standing = await standing_of(other.credentials, world.merchant_id, "apple")
    assert standing.problem is not None
    assert standing.problem.code == "credential_unreadable"
    assert other.credentials.wallets_of(await handle_of(world)) == (False, False)


async def test_a_stranger_keeps_their_own(
    world: World, assembled: Callable[[WalletSettings], Wallets], authority: Authority
) -> None:
    wallets = assembled(WalletSettings())
    stranger = await a_world(world.ledger)
    await give(world, wallets, authority, a_certificate(authority))
    assert await wallets.credentials.apple(stranger.merchant_id) is None
    assert await wallets.credentials.apple_for(stranger.merchant_id, OWN_PASS_TYPE) is None
    assert wallets.credentials.wallets_of(await handle_of(stranger)) == (False, False)


async def test_files_are_followed_and_a_broken_replacement_is_not(
    world: World,
    tmp_path: Path,
    assembled: Callable[[WalletSettings], Wallets],
    installed: WalletSettings,
    authority: Authority,
) -> None:
    wallets = assembled(installed)
    old = await signer(wallets, world)
    renewed = a_certificate(authority, pass_type=DEMO_PASS_TYPE, days=380)
    (tmp_path / "keys" / "certificate.pem").write_bytes(renewed.certificate_pem)
    await wallets.credentials.refresh()
    assert (await signer(wallets, world)) is old, "the certificate came before its key"
    standing = await standing_of(wallets.credentials, world.merchant_id, "apple")
    assert isinstance(standing.problem, CertificateKeyMismatch)
    assert standing.is_ready
    (tmp_path / "keys" / "key.pem").write_bytes(renewed.key_pem)
    await wallets.credentials.refresh()
    assert (await signer(wallets, world)).leaf == renewed.certificate
    assert (await standing_of(wallets.credentials, world.merchant_id, "apple")).problem is None


async def test_an_expired_pair_does_not_switch_apple_off(
    world: World,
    tmp_path: Path,
    assembled: Callable[[WalletSettings], Wallets],
    installed: WalletSettings,
    authority: Authority,
) -> None:
    wallets = assembled(installed)
    old = await signer(wallets, world)
    as_files(tmp_path / "keys", authority, a_certificate(authority, pass_type=DEMO_PASS_TYPE, days=-1))
    await wallets.credentials.refresh()
    assert (await signer(wallets, world)) is old
    assert wallets.credentials.wallets_of(await handle_of(world)) == (True, True)
    standing = await standing_of(wallets.credentials, world.merchant_id, "apple")
    assert isinstance(standing.problem, CertificateExpired)
    assert standing.is_ready


async def test_a_file_that_goes_away_leaves_the_old_one_in_force(
    world: World, tmp_path: Path, assembled: Callable[[WalletSettings], Wallets], installed: WalletSettings
) -> None:
    wallets = assembled(installed)
    old = await signer(wallets, world)
    (tmp_path / "keys" / "key.pem").unlink()
    await wallets.credentials.refresh()
    assert (await signer(wallets, world)) is old
    standing = await standing_of(wallets.credentials, world.merchant_id, "apple")
    assert standing.problem is not None
    assert standing.problem.code == "installed_unreadable"


async def test_over_the_api_keys_go_in_and_never_come_out(
    client: Client, world: World, authority: Authority
) -> None:
    headers = await world.an_api_key(Permission.WALLETS_MANAGE)
    issued = a_certificate(authority)
    body = apple_body(authority, issued)
    put = await client.put("/api/v1/wallets/apple", json=body, headers={**headers, "Idempotency-Key": "once"})
    assert put.status_code == 200, put.text
    again = await client.put(
        "/api/v1/wallets/apple", json=body, headers={**headers, "Idempotency-Key": "once"}
    )
    assert again.json() == put.json()
    said = put.json()
    assert (said["source"], said["issuer"], said["team"]) == ("own", OWN_PASS_TYPE, OWN_TEAM)
    assert (said["is_ready"], said["is_test"], said["problem"]) == (True, True, None)
    google = await client.put("/api/v1/wallets/google", json=google_body(), headers=headers)
    assert (google.json()["issuer"], google.json()["account"]) == (ISSUER, ROBOT)
    listed = await client.get("/api/v1/wallets", headers=headers)
    assert {name: each["wallet"] for name, each in listed.json().items()} == {
        "apple": "apple",
        "google": "google",
    }
    for answer in (put, google, listed):
        assert "PRIVATE KEY" not in answer.text
    assert (await client.delete("/api/v1/wallets/apple", headers=headers)).status_code == 204
    gone = await client.delete("/api/v1/wallets/apple", headers=headers)
    assert (gone.status_code, gone.json()["code"]) == (404, "credential_unknown")


async def test_no_key_stands_in_the_books(world: World, client: Client, authority: Authority) -> None:
    headers = await world.an_api_key(Permission.WALLETS_MANAGE)
    issued = a_certificate(authority)
    body = {**apple_body(authority, issued), "password": "a-quiet-secret"}
    assert (await client.put("/api/v1/wallets/apple", json=body, headers=headers)).status_code == 200
    async with world.database.unscoped_writing_as_the_ledger() as tx:
        told = "\n".join(
            row[0]
            for row in await tx.exec_driver_sql(
                "select payload::text from event union all select facts::text from operation"
                " union all select summary::text || encode(sealed, 'escape') from wallet_credential"
            )
        )
    assert OWN_PASS_TYPE in told
    assert "a-quiet-secret" not in told
    assert "PRIVATE KEY" not in told


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"certificate": "not base64!"}, "credential_not_encoded"),
        ({"certificate": " "}, "credential_missing"),
        ({"certificate": "aGVsbG8="}, "certificate_unreadable"),
        ({"key": None}, "certificate_key_missing"),
        ({"wwdr": None}, "certificate_wwdr_missing"),
    ],
)
async def test_the_api_says_what_is_wrong(
    client: Client, world: World, authority: Authority, changes: dict[str, Any], code: str
) -> None:
    headers = await world.an_api_key(Permission.WALLETS_MANAGE)
    body = {**apple_body(authority, a_certificate(authority)), **changes}
    answer = await client.put("/api/v1/wallets/apple", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_an_account_of_nobody_is_refused(client: Client, world: World) -> None:
    headers = await world.an_api_key(Permission.WALLETS_MANAGE)
    body = {**google_body(), "issuer": "my café"}
    answer = await client.put("/api/v1/wallets/google", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "google_account_malformed")


async def test_links_of_a_card_name_the_wallets(client: Client, world: World, authority: Authority) -> None:
    headers = await world.an_api_key()
    card_id = await world.a_card()
    assert "apple" not in (await client.get(f"/api/v1/cards/{card_id}", headers=headers)).json()["links"]
    body = apple_body(authority, a_certificate(authority))
    await client.put("/api/v1/wallets/apple", json=body, headers=headers)
    links = (await client.get(f"/api/v1/cards/{card_id}", headers=headers)).json()["links"]
    assert links["apple"] == f"{links['page']}/apple"
    assert "google" not in links


def test_the_material_of_google_is_sealed_for_its_row(settings: Settings) -> None:
    sealed = seal(settings.secret_key, google_material(), context="here")
    assert unseal_google(settings.secret_key, sealed, context="here") == google_material()
    with pytest.raises(Undecryptable):
        unseal_google(settings.secret_key, sealed, context="there")
