"""`cardamom doctor wallet`: a pass of every program is built, looked at by our linter, and verified by OpenSSL.

Nothing is asked of Apple or Google, and nothing is written.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding

from cardamom.cli.console import note
from cardamom.cli.doctor import NO_TABLES, Finding, Status
from cardamom.db.database import Database
from cardamom.db.opening import open_database_url
from cardamom.db.problems import DatabaseProblem
from cardamom.db.settings import Settings
from cardamom.kit.clock import now
from cardamom.kit.ids import new_id
from cardamom.merchants.queries import merchant_by_id
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.tables import merchants
from cardamom.programs.queries import programs_of
from cardamom.programs.schemas import Program
from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.document import identity_of
from cardamom.wallet.apple.issuing import build_card_pass
from cardamom.wallet.apple.serving import SERVICE_PATH
from cardamom.wallet.apple.tokens import PassTokens
from cardamom.wallet.example import example_face
from cardamom.wallet.expiry import SOON_DAYS
from cardamom.wallet.face import CardFace
from cardamom.wallet.google.account import ServiceAccount
from cardamom.wallet.google.classes import ClassAddresses, program_class
from cardamom.wallet.google.objects import ObjectNames, to_google
from cardamom.wallet.lint.apple import lint_pkpass
from cardamom.wallet.lint.findings import Finding as PassFinding
from cardamom.wallet.lint.google import lint_google
from cardamom.wallet.naming import pass_name
from cardamom.wallet.sealed import WalletName
from cardamom.wallet.standing import Standing, installed_standing, standing_of
from cardamom.wallet.wallets import Wallets
from cardamom.web.assembly import assemble_wallets

WALLETS: Final[tuple[WalletName, ...]] = ("apple", "google")
_SETTINGS: Final = {"apple": "CARDAMOM_APPLE_CERTIFICATE", "google": "CARDAMOM_GOOGLE_SERVICE_ACCOUNT"}
#: An old key is no fault, and whoever has had it for so long may have left.
_OLD_KEY_DAYS = 365
_OPENSSL_SECONDS = 20
#: Stands in Google's documents where nothing is drawn for the doctor.
_PICTURE = "https://cards.example.org/art/example.png"


class Shop(msgspec.Struct, frozen=True):
    """A business with what it can make passes with."""

    merchant: Merchant
    apple: PassCertificate | None
    google: ServiceAccount | None


def examine_wallet(settings: Settings) -> Iterator[Finding]:
    """Look at keys and passes. Starts an embedded server that does not run, and stops it again."""
    yield address(settings.base_url)
    try:
        with open_database_url(settings, tell=note) as url:
            yield from asyncio.run(_collect(settings, url))
    except DatabaseProblem as problem:
        yield Finding("fail", "database", str(problem))


async def _collect(settings: Settings, url: str) -> list[Finding]:
    database = Database(url, pool_size=2)
    wallets = assemble_wallets(settings, database)
    try:
        return [finding async for finding in _examine(wallets, database)]
    finally:
        wallets.art.close()
        await database.close()


async def _examine(wallets: Wallets, database: Database) -> AsyncIterator[Finding]:
    for wallet in WALLETS:
        yield installed_keys(installed_standing(wallets.credentials, wallet), at=now())
    async with database.unscoped_writing_as_the_ledger() as tx:
        if await tx.scalar(sa.select(sa.func.to_regclass(merchants.name))) is None:
            yield NO_TABLES
            return
        ids = [str(found) for found in await tx.scalars(sa.select(merchants.c.merchant_id))]
    for merchant_id in sorted(ids):
        async for finding in _of_merchant(wallets, database, merchant_id):
            yield finding


async def _of_merchant(wallets: Wallets, database: Database, merchant_id: str) -> AsyncIterator[Finding]:
    async with database.reading(merchant_id) as tx:
        merchant = await merchant_by_id(tx, merchant_id)
        live = [each for each in await programs_of(tx, merchant_id) if each.status == "live"]
        faces = [await example_face(tx, merchant, each.id, links=wallets.links) for each in live]
    for wallet in WALLETS:
        standing = await standing_of(wallets.credentials, merchant_id, wallet)
        if standing.source == "own":
            yield own_keys(merchant.slug, standing, at=now())
    shop = Shop(
        merchant, await wallets.credentials.apple(merchant_id), await wallets.credentials.google(merchant_id)
    )
    for program, face in zip(live, faces, strict=True):
        if shop.apple is not None:
            yield await _apple_pass(wallets, shop.apple, program, face)
        if shop.google is not None:
            yield _google_pass(shop.google, program, face)


async def _apple_pass(
    wallets: Wallets, certificate: PassCertificate, program: Program, face: CardFace
) -> Finding:
    what = f"{face.view.merchant.slug}/{program.slug}"
    serial = pass_name(face.handle, new_id())
    identity = identity_of(
        certificate,
        serial=serial,
        service_url=wallets.links.address(SERVICE_PATH),
        token=PassTokens(wallets.secret_key).token(serial, 0),
    )
    pkpass = await build_card_pass(face, identity=identity, certificate=certificate, art=wallets.art)
    verified = await asyncio.to_thread(verify_with_openssl, pkpass, certificate)
    return judged(what, f"Apple pass, {len(pkpass) // 1024} KB.", lint_pkpass(pkpass), verified=verified)


def _google_pass(account: ServiceAccount, program: Program, face: CardFace) -> Finding:
    what = f"{face.view.merchant.slug}/{program.slug}"
    class_id, object_id = f"{account.issuer_id}.example-class", f"{account.issuer_id}.example"
    addresses = ClassAddresses(logo=_PICTURE, home=face.page)
    documents = (
        program_class(face, id=class_id, addresses=addresses),
        to_google(face, names=ObjectNames(id=object_id, class_id=class_id), hero_url=_PICTURE),
    )
    findings = [finding for document in documents for finding in lint_google(document)]
    return judged(what, "Google class and object.", findings)


def judged(
    what: str, made: str, findings: Sequence[PassFinding], *, verified: Verified | None = None
) -> Finding:
    """One line about a pass: the gravest thing that was found, or that all is well."""
    worst = sorted(findings, key=lambda each: each.severity != "error")
    if worst:
        first, more = worst[0], len(worst) - 1
        rest = f" And {more} more: cardamom wallet lint tells all." if more else ""
        status: Status = "fail" if first.severity == "error" else "warn"
        return Finding(status, what, f"{made} {first.where}: {first.sentence}{rest}")
    if verified is None:
        return Finding("ok", what, f"{made} Nothing is wrong.")
    return Finding(verified.status, what, f"{made} {verified.sentence}")


class Verified(msgspec.Struct, frozen=True):
    """What OpenSSL said of a signature."""

    status: Status
    sentence: str


def verify_with_openssl(pkpass: bytes, certificate: PassCertificate) -> Verified:
    """Have somebody else's code look at the signature, up to the issuer (the root is not ours to ship).

    `-binary` because a manifest is no mail, `-purpose any` because a pass certificate is for passes (openssl-cms(1)).
    """
    with ZipFile(BytesIO(pkpass)) as bundle, tempfile.TemporaryDirectory(prefix="cardamom-doctor-") as folder:
        room = Path(folder)
        for name in ("manifest.json", "signature"):
            (room / name).write_bytes(bundle.read(name))
        (room / "issuer.pem").write_bytes(certificate.wwdr.public_bytes(Encoding.PEM))
        command = (
            *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature"),
            *("-content", "manifest.json", "-CAfile", "issuer.pem", "-partial_chain", "-purpose", "any"),
            *("-out", "verified.json"),
        )
        try:
            done = subprocess.run(
                command, cwd=room, capture_output=True, timeout=_OPENSSL_SECONDS, check=False, text=True
            )
        except FileNotFoundError:
            return Verified("warn", "OpenSSL is not installed here: nobody else has looked at the signature.")
        except subprocess.TimeoutExpired:
            return Verified("warn", "OpenSSL did not answer.")
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        return Verified("fail", f"OpenSSL does not accept the signature. It said: {said}")
    return Verified("ok", "Nothing is wrong, and OpenSSL accepts the signature.")


def address(base_url: str | None) -> Finding:
    """Whether phones can come back for news of a pass."""
    if base_url is None or not base_url.startswith("https://"):
        sentence = (
            "Phones renew passes over https only, and Google fetches pictures so. Set CARDAMOM_BASE_URL to the https "
            "address of this server: passes that are made before it is set never change."
        )
        return Finding("warn", "address", sentence)
    return Finding("ok", "address", f"Phones ask {base_url}{SERVICE_PATH} for news.")


def installed_keys(standing: Standing, *, at: datetime) -> Finding:
    """The keys of the installation; to have none is normal."""
    what = f"{standing.wallet} keys"
    if standing.source is None:
        settings = _SETTINGS[standing.wallet]
        return Finding("ok", what, f"None for the whole server ({settings}). Businesses may have their own.")
    return _keys(what, standing, at=at)


def own_keys(slug: str, standing: Standing, *, at: datetime) -> Finding:
    """The keys of a business."""
    return _keys(f"{slug} {standing.wallet}", standing, at=at)


def _keys(what: str, standing: Standing, *, at: datetime) -> Finding:
    if standing.problem is not None:
        kept = " The ones from before stay in use." if standing.is_ready else ""
        return Finding("fail", what, f"{standing.problem.sentence()}{kept}")
    if standing.wallet == "google":
        return _google_keys(what, standing, at=at)
    left = standing.days_left(at)
    said = f"{standing.issuer} of team {standing.team}, {left} days left."
    if standing.is_test:
        return Finding("ok", what, f"{said} A test certificate: no phone takes its passes.")
    if left is not None and left <= SOON_DAYS:
        return Finding("warn", what, f"{said} Request a new one for the same pass type now.")
    return Finding("ok", what, said)


def _google_keys(what: str, standing: Standing, *, at: datetime) -> Finding:
    said = f"{standing.account} for issuer {standing.issuer}."
    age = None if standing.set_at is None else (at - standing.set_at).days
    if age is not None and age > _OLD_KEY_DAYS:
        return Finding("warn", what, f"{said} The key was added {age} days ago. Replace it now and then.")
    return Finding("ok", what, said if age is None else f"{said} The key was added {age} days ago.")
