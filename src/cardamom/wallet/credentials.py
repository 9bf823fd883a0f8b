"""Which certificate signs a merchant's passes, and which account writes them at Google.

A merchant's own win over the installation's. Both are swapped while everything runs: files are looked at, and rows of
the database are read, every few seconds in every process. What has expired is not handed out.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Any

import msgspec
import psycopg
import sqlalchemy as sa
import structlog

from cardamom.db.database import Database
from cardamom.db.settings import Settings
from cardamom.kit.clock import now
from cardamom.kit.errors import Refused
from cardamom.kit.signing import Undecryptable
from cardamom.merchants.tables import merchants
from cardamom.wallet.apple.certificates import PassCertificate, read_certificate
from cardamom.wallet.expiry import show_ends
from cardamom.wallet.google.account import ServiceAccount, read_service_account
from cardamom.wallet.installed import Installed, token_hosts
from cardamom.wallet.sealed import WalletName, context_of, unseal_apple, unseal_google
from cardamom.wallet.tables import credentials

log = structlog.get_logger(__name__)

#: So soon every process follows a change.
LOOK_SECONDS = 3.0
#: Without somebody who looks (a command, a test) an answer is at most so old.
_FRESH_SECONDS = 2 * LOOK_SECONDS

_CHANGES = "select count(*), max(created_at), max(retired_at) from wallet_credential"
_ROWS = (
    sa.select(credentials, merchants.c.handle)
    .join(merchants, merchants.c.merchant_id == credentials.c.merchant_id)
    .where(credentials.c.sealed != b"")
    .order_by(credentials.c.created_at, credentials.c.id)
)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant's own credential, sealed. expires_at: None for what does not end by itself."""

    id: str
    merchant_id: str
    wallet: WalletName
    issuer: str
    sealed: bytes
    summary: dict[str, Any]
    created_at: datetime
    expires_at: datetime | None
    is_current: bool


class Credentials:
    """For one event loop. `follow` keeps it fresh; without it the questions look for themselves."""

    def __init__(self, settings: Settings, database: Database) -> None:
        """Reads the installation's files; what is wrong with them is in `installed`, and nothing is raised."""
        self.installed = Installed(settings.wallet)
        self.installed.look()
        self.token_hosts = token_hosts(settings.wallet)
        self._secret_key = settings.secret_key
        self._database = database
        self._rows: dict[tuple[str, WalletName], list[Row]] = {}
        self._merchants: dict[str, str] = {}
        self._opened: dict[str, PassCertificate | ServiceAccount | Refused | Undecryptable] = {}
        self._changes: object = None
        self._looked_at = float("-inf")
        self._reading = asyncio.Lock()

    def wallets_of(self, handle: str) -> tuple[bool, bool]:
        """Whether cards of a merchant can be put into (Apple Wallet, Google Wallet) now, as far as was last seen."""
        merchant_id = self._merchants.get(handle, "")
        return self._serves(merchant_id, "apple"), self._serves(merchant_id, "google")

    async def apple(self, merchant_id: str) -> PassCertificate | None:
        """What signs new passes. None without one, and with one that expired."""
        await self._be_fresh()
        row = self._current(merchant_id, "apple")
        if row is None:
            return _valid(self.installed.apple.value)
        found = await self._open(row)
        return _valid(found) if isinstance(found, PassCertificate) else None

    async def apple_for(self, merchant_id: str, pass_type: str) -> PassCertificate | None:
        """What signs and pushes passes of a pass type that was in force once: they can never change to another."""
        await self._be_fresh()
        for row in reversed(self._rows.get((merchant_id, "apple"), [])):
            if row.issuer == pass_type:
                found = await self._open(row)
                return _valid(found) if isinstance(found, PassCertificate) else None
        installed = self.installed.apple.value
        return _valid(installed) if installed is not None and installed.pass_type == pass_type else None

    async def google(self, merchant_id: str) -> ServiceAccount | None:
        """What writes new objects."""
        await self._be_fresh()
        row = self._current(merchant_id, "google")
        if row is None:
            return self.installed.google.value
        found = await self._open(row)
        return found if isinstance(found, ServiceAccount) else None

    async def google_for(self, merchant_id: str, issuer: str) -> ServiceAccount | None:
        """What writes the objects of an issuer that was in force once."""
        await self._be_fresh()
        for row in reversed(self._rows.get((merchant_id, "google"), [])):
            if row.issuer == issuer:
                found = await self._open(row)
                return found if isinstance(found, ServiceAccount) else None
        installed = self.installed.google.value
        return installed if installed is not None and installed.issuer_id == issuer else None

    async def own(self, merchant_id: str, wallet: WalletName) -> Row | None:
        """The merchant's own credential in force, expired or not."""
        await self._be_fresh()
        return self._current(merchant_id, wallet)

    async def is_broken(self, row: Row) -> bool:
        """Whether a stored credential cannot be opened any more: the instance's key is another one."""
        return isinstance(await self._open(row), Refused | Undecryptable)

    async def all_own(self) -> list[Row]:
        """Those in force, of every merchant."""
        await self._be_fresh()
        return [row for rows in self._rows.values() for row in rows if row.is_current]

    async def refresh(self) -> None:
        """Look at files and rows now. After a deed in this process; others follow within LOOK_SECONDS."""
        async with self._reading:
            self.installed.look()
            async with self._database.unscoped_writing_as_the_ledger() as tx:
                found = [(_row(row), row["handle"]) for row in (await tx.execute(_ROWS)).mappings()]
            rows: dict[tuple[str, WalletName], list[Row]] = {}
            for row, _handle in found:
                rows.setdefault((row.merchant_id, row.wallet), []).append(row)
            known = {row.id for row, _handle in found}
            self._rows = rows
            self._merchants = {handle: row.merchant_id for row, handle in found}
            self._opened = {key: value for key, value in self._opened.items() if key in known}
            self._looked_at = time.monotonic()
            show_ends(self._ends())

    async def follow(self) -> None:
        """Look again and again, until cancelled. Keeps one connection; waits for a database that is away."""
        while True:
            try:
                connection = await self._database.listen_connect()
                async with connection:
                    while True:
                        await self._look(connection)
                        await asyncio.sleep(LOOK_SECONDS)
            except (psycopg.Error, sa.exc.DBAPIError, Refused) as error:
                log.warning("wallet.credentials_unread", error=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self.installed.look()
        changes = await (await connection.execute(_CHANGES)).fetchone()
        if changes != self._changes:
            await self.refresh()
            self._changes = changes
        self._looked_at = time.monotonic()

    async def _be_fresh(self) -> None:
        if time.monotonic() - self._looked_at > _FRESH_SECONDS:
            await self.refresh()

    def _ends(self) -> dict[tuple[WalletName, str], datetime]:
        """The instants that the metrics count down to."""
        ends: dict[tuple[WalletName, str], datetime] = {}
        if self.installed.apple.value is not None:
            ends["apple", "installation"] = ends_at(self.installed.apple.value)
        own = [
            row.expires_at
            for rows in self._rows.values()
            for row in rows
            if row.is_current and row.expires_at is not None
        ]
        if own:
            ends["apple", "merchants"] = min(own)
        return ends

    def _current(self, merchant_id: str, wallet: WalletName) -> Row | None:
        rows = self._rows.get((merchant_id, wallet), [])
        return next((row for row in reversed(rows) if row.is_current), None)

    def _serves(self, merchant_id: str, wallet: WalletName) -> bool:
        row = self._current(merchant_id, wallet)
        if row is not None:
            is_broken = isinstance(self._opened.get(row.id), Refused | Undecryptable)
            return not is_broken and (row.expires_at is None or row.expires_at > now())
        if wallet == "google":
            return self.installed.google.value is not None
        return _valid(self.installed.apple.value) is not None

    async def _open(self, row: Row) -> PassCertificate | ServiceAccount | Refused | Undecryptable:
        """Unseal and read once. In a thread: the password of a .p12 is stretched on purpose."""
        if row.id not in self._opened:
            try:
                self._opened[row.id] = await asyncio.to_thread(self._read, row)
            except (Refused, Undecryptable) as error:
                log.error("wallet.credential_unusable", merchant=row.merchant_id, error=type(error).__name__)
                self._opened[row.id] = error
        return self._opened[row.id]

    def _read(self, row: Row) -> PassCertificate | ServiceAccount:
        context = context_of(row.merchant_id, row.id)
        if row.wallet == "google":
            account = unseal_google(self._secret_key, row.sealed, context=context)
            return read_service_account(account.account, account.issuer, other_hosts=self.token_hosts)
        given = unseal_apple(self._secret_key, row.sealed, context=context)
        return read_certificate(
            given.certificate,
            key=given.key,
            password=given.password,
            wwdr=given.wwdr,
            nfc_public_key=given.nfc_public_key,
        )


def ends_at(certificate: PassCertificate) -> datetime:
    """When it signs no more: at its own end, or at its issuer's."""
    return min(certificate.expires_at, certificate.wwdr.not_valid_after_utc)


def _valid(certificate: PassCertificate | None) -> PassCertificate | None:
    return certificate if certificate is not None and ends_at(certificate) > now() else None


def _row(found: Any) -> Row:
    ends = found["summary"].get("expires_at")
    return Row(
        id=found["id"],
        merchant_id=found["merchant_id"],
        wallet=found["wallet"],
        issuer=found["issuer"],
        sealed=bytes(found["sealed"]),
        summary=found["summary"],
        created_at=found["created_at"],
        expires_at=None if ends is None else datetime.fromisoformat(ends),
        is_current=found["retired_at"] is None,
    )
