"""Giving and removing the keys of a business for its wallets. What cannot be used is refused before it is stored.

Every function checks the actor first, then the keys, then asks the ledger, and lets this process use the new ones at
once; the others follow within seconds.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from cardamom.access.permissions import Permission
from cardamom.access.require import require
from cardamom.kit.actor import Actor
from cardamom.kit.clock import now
from cardamom.kit.digits import to_ascii
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import Outcome
from cardamom.ledger.writer import Ledger
from cardamom.wallet.apple.certificates import PassCertificate, read_certificate
from cardamom.wallet.credential_deeds import RemoveCredential, SetCredential
from cardamom.wallet.credential_errors import CredentialTooLarge
from cardamom.wallet.credentials import ends_at
from cardamom.wallet.google.account import read_service_account
from cardamom.wallet.installed import refuse_another_team
from cardamom.wallet.sealed import AppleMaterial, GoogleMaterial, WalletName, context_of, likeness, seal
from cardamom.wallet.wallets import Wallets

#: A .p12 with its chain has about ten kilobytes.
MOST_BYTES = 128 * 1024


async def set_apple(
    ledger: Ledger, *, wallets: Wallets, actor: Actor, merchant_id: str, given: AppleMaterial, key: str
) -> Outcome:
    """Sign passes with this certificate from now on. Facts: credential, wallet, issuer (the pass type).

    Raises what reading a certificate refuses (`apple.errors`), also for one that is not valid today, and
    CertificateOfAnotherTeam where passes of its pass type name another team: the business's own, or the installation's.
    """
    require(actor, Permission.WALLETS_MANAGE, merchant_id)
    for field in ("certificate", "key", "wwdr"):
        _refuse_too_large(getattr(given, field), field)
    certificate = await asyncio.to_thread(
        read_certificate,
        given.certificate,
        key=given.key,
        password=given.password,
        wwdr=given.wwdr,
        nfc_public_key=given.nfc_public_key,
        now=now(),
    )
    refuse_another_team(wallets.credentials.installed.apple.value, certificate)
    asked = _Asked(actor=actor, merchant_id=merchant_id, key=key, given=given)
    return await _put_in_force(
        ledger, wallets, asked, issuer=certificate.pass_type, summary=apple_summary(certificate)
    )


async def set_google(
    ledger: Ledger, *, wallets: Wallets, actor: Actor, merchant_id: str, given: GoogleMaterial, key: str
) -> Outcome:
    """Write passes with this account from now on. Facts: credential, wallet, issuer. Raises GoogleAccountMalformed."""
    require(actor, Permission.WALLETS_MANAGE, merchant_id)
    given = msgspec.structs.replace(given, issuer=to_ascii(given.issuer).strip())
    account = await asyncio.to_thread(
        read_service_account, given.account, given.issuer, other_hosts=wallets.credentials.token_hosts
    )
    asked = _Asked(actor=actor, merchant_id=merchant_id, key=key, given=given)
    summary = {"account": account.email, "key_id": account.key_id}
    return await _put_in_force(ledger, wallets, asked, issuer=account.issuer_id, summary=summary)


async def remove(
    ledger: Ledger, *, wallets: Wallets, actor: Actor, merchant_id: str, wallet: WalletName, key: str
) -> Outcome:
    """Forget the business's own keys for a wallet. Its passes stay on phones and are not updated any more.

    Facts: wallet, issuers. Raises CredentialUnknown.
    """
    require(actor, Permission.WALLETS_MANAGE, merchant_id)
    command = RemoveCredential(merchant_id=merchant_id, actor=actor, key=key, wallet=wallet)
    outcome = (await ledger.submit(command)).or_raise()
    await wallets.credentials.refresh()
    return outcome


def apple_summary(certificate: PassCertificate) -> dict[str, Any]:
    """What may be shown of a certificate. expires_at: when it or its issuer ends."""
    return {
        "team": certificate.team,
        "expires_at": ends_at(certificate).isoformat(),
        "is_test": certificate.is_test,
        "has_nfc": certificate.nfc_public_key is not None,
    }


def _refuse_too_large(content: bytes | None, field: str) -> None:
    if content is not None and len(content) > MOST_BYTES:
        raise CredentialTooLarge(field=field, limit_bytes=MOST_BYTES)


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who gives what."""

    actor: Actor
    merchant_id: str
    key: str
    given: AppleMaterial | GoogleMaterial


async def _put_in_force(
    ledger: Ledger, wallets: Wallets, asked: _Asked, *, issuer: str, summary: dict[str, Any]
) -> Outcome:
    credential_id, secret_key = new_id(), wallets.secret_key
    command = SetCredential(
        merchant_id=asked.merchant_id,
        actor=asked.actor,
        key=asked.key,
        wallet="apple" if isinstance(asked.given, AppleMaterial) else "google",
        issuer=issuer,
        credential_id=credential_id,
        sealed=seal(secret_key, asked.given, context=context_of(asked.merchant_id, credential_id)),
        likeness=likeness(secret_key, asked.given),
        summary=summary,
    )
    outcome = (await ledger.submit(command)).or_raise()
    await wallets.credentials.refresh()
    return outcome
