"""Wallets of the business over HTTP: `/api/v1/wallets`. Keys go in and never come out."""

from __future__ import annotations

from litestar import Controller, delete, get, put

from cardamom.access.permissions import Permission
from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.ledger.writer import Ledger
from cardamom.wallet import credential_service
from cardamom.wallet.schemas import AppleIn, GoogleIn, WalletOut, shown
from cardamom.wallet.schemas import Wallets as BothWallets
from cardamom.wallet.sealed import WalletName
from cardamom.wallet.standing import saved_passes, standing_of
from cardamom.wallet.wallets import Wallets

MANAGE = {"permission": Permission.WALLETS_MANAGE}


class WalletController(Controller):
    """Whose keys passes are made with."""

    path = "/api/v1/wallets"
    tags = ["Wallets"]

    @get(opt=MANAGE, operation_id="getWallets", summary="Read how things stand with both wallets")
    async def read_both(self, merchant_id: str, database: Database, wallets: Wallets) -> BothWallets:
        return BothWallets(
            apple=await _shown(wallets, database, merchant_id, "apple"),
            google=await _shown(wallets, database, merchant_id, "google"),
        )

    @get(
        "/apple", opt=MANAGE, operation_id="getAppleWallet", summary="Read how things stand with Apple Wallet"
    )
    async def read_apple(self, merchant_id: str, database: Database, wallets: Wallets) -> WalletOut:
        return await _shown(wallets, database, merchant_id, "apple")

    @get(
        "/google",
        opt=MANAGE,
        operation_id="getGoogleWallet",
        summary="Read how things stand with Google Wallet",
    )
    async def read_google(self, merchant_id: str, database: Database, wallets: Wallets) -> WalletOut:
        return await _shown(wallets, database, merchant_id, "google")

    @put(
        "/apple",
        opt=MANAGE,
        operation_id="setAppleWallet",
        summary="Sign passes with a certificate of the business's own",
    )
    async def set_apple(
        self,
        data: AppleIn,
        actor: Actor,
        merchant_id: str,
        ledger: Ledger,
        database: Database,
        wallets: Wallets,
        idempotency_key: str,
    ) -> WalletOut:
        """It is in force at once in this process and within seconds everywhere. Passes of an older pass type go on."""
        await credential_service.set_apple(
            ledger,
            wallets=wallets,
            actor=actor,
            merchant_id=merchant_id,
            given=data.material(),
            key=idempotency_key,
        )
        return await _shown(wallets, database, merchant_id, "apple")

    @put(
        "/google",
        opt=MANAGE,
        operation_id="setGoogleWallet",
        summary="Write passes with a service account of the business's own",
    )
    async def set_google(
        self,
        data: GoogleIn,
        actor: Actor,
        merchant_id: str,
        ledger: Ledger,
        database: Database,
        wallets: Wallets,
        idempotency_key: str,
    ) -> WalletOut:
        await credential_service.set_google(
            ledger,
            wallets=wallets,
            actor=actor,
            merchant_id=merchant_id,
            given=data.material(),
            key=idempotency_key,
        )
        return await _shown(wallets, database, merchant_id, "google")

    @delete(
        "/apple", opt=MANAGE, operation_id="removeAppleWallet", summary="Forget the business's certificates"
    )
    async def remove_apple(
        self, actor: Actor, merchant_id: str, ledger: Ledger, wallets: Wallets, idempotency_key: str
    ) -> None:
        """Passes that they signed stay on phones and are not updated any more."""
        await _remove(ledger, wallets, actor, merchant_id, "apple", idempotency_key)

    @delete(
        "/google", opt=MANAGE, operation_id="removeGoogleWallet", summary="Forget the business's accounts"
    )
    async def remove_google(
        self, actor: Actor, merchant_id: str, ledger: Ledger, wallets: Wallets, idempotency_key: str
    ) -> None:
        """Passes that they wrote stay on phones and are not updated any more."""
        await _remove(ledger, wallets, actor, merchant_id, "google", idempotency_key)


async def _remove(
    ledger: Ledger, wallets: Wallets, actor: Actor, merchant_id: str, wallet: WalletName, key: str
) -> None:
    await credential_service.remove(
        ledger, wallets=wallets, actor=actor, merchant_id=merchant_id, wallet=wallet, key=key
    )


async def _shown(wallets: Wallets, database: Database, merchant_id: str, wallet: WalletName) -> WalletOut:
    standing = await standing_of(wallets.credentials, merchant_id, wallet)
    async with database.reading(merchant_id) as tx:
        saved = await saved_passes(tx, merchant_id)
    return shown(standing, saved=saved[wallet])


routes = [WalletController]
