"""How things stand with a merchant's wallets: whose keys are in force, what is wrong, what is saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.kit.clock import now
from cardamom.kit.errors import Refused, refusal
from cardamom.kit.i18n import LazyText, lazy
from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.errors import CertificateExpired
from cardamom.wallet.credential_errors import CredentialUnreadable, InstalledUnreadable
from cardamom.wallet.credential_service import apple_summary
from cardamom.wallet.credentials import Credentials, Row
from cardamom.wallet.google.account import ServiceAccount
from cardamom.wallet.sealed import WalletName
from cardamom.wallet.tables import bindings

Source = Literal["own", "installation"]

#: What the courier writes beside a pass that it could not push (`apple.pushing`). A test compares.
_APPLE_WORDS: Final[Mapping[str, LazyText]] = MappingProxyType(
    {
        "apple_no_certificate": lazy(
            "There is no valid certificate for the pass type of these cards. They stay as they are until there is."
        ),
        "apple_unavailable": lazy("Apple cannot be reached at the moment. These cards follow later."),
        "apple_too_many_pushes": lazy("Apple asks us to slow down. These cards follow later."),
        "apple_refused_push": lazy(
            "Apple did not accept the updates of these cards. The log of the server says why."
        ),
        "apple_certificate_refused": lazy(
            "Apple refuses the certificate. It may have been revoked: create a new one for the same pass type."
        ),
    }
)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One wallet of one merchant.

    source: whose keys are in force, None without any. issuer: the pass type identifier or the issuer id.
    expires_at: of an Apple certificate or its issuer, whichever is first. problem: why the keys, or newer ones, cannot
    be used. is_ready: passes can be given out now.
    """

    wallet: WalletName
    source: Source | None = None
    issuer: str | None = None
    team: str | None = None
    account: str | None = None
    expires_at: datetime | None = None
    is_test: bool = False
    has_nfc: bool = False
    set_at: datetime | None = None
    problem: Refused | None = None
    is_ready: bool = False

    def days_left(self, at: datetime) -> int | None:
        """Whole days until the certificate ends, below 0 afterwards; None for what does not end."""
        return None if self.expires_at is None else (self.expires_at - at).days


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong with passes lately. code: as the binding keeps it. count: passes that have it now."""

    wallet: WalletName
    code: str
    count: int
    last_at: datetime

    def sentence(self, **facts: Any) -> str:
        """In the language in force; the bare code for what has no sentence."""
        if self.code in _APPLE_WORDS:
            return str(_APPLE_WORDS[self.code])
        try:
            return refusal(self.code, facts).sentence()
        except LookupError:
            return self.code


async def standing_of(credentials: Credentials, merchant_id: str, wallet: WalletName) -> Standing:
    """As this process sees it, which is at most a few seconds old."""
    row = await credentials.own(merchant_id, wallet)
    if row is not None:
        return await _own(credentials, row)
    return installed_standing(credentials, wallet)


def installed_standing(credentials: Credentials, wallet: WalletName) -> Standing:
    """How things stand for businesses without keys of their own."""
    return _installed_apple(credentials) if wallet == "apple" else _installed_google(credentials)


async def _own(credentials: Credentials, row: Row) -> Standing:
    problem: Refused | None = None
    if await credentials.is_broken(row):
        problem = CredentialUnreadable()
    elif row.expires_at is not None and row.expires_at <= now():
        problem = CertificateExpired(expired_at=row.expires_at.isoformat(), pass_type=row.issuer)
    return Standing(
        wallet=row.wallet,
        source="own",
        issuer=row.issuer,
        team=row.summary.get("team"),
        account=row.summary.get("account"),
        expires_at=row.expires_at,
        is_test=row.summary.get("is_test", False),
        has_nfc=row.summary.get("has_nfc", False),
        set_at=row.created_at,
        problem=problem,
        is_ready=problem is None,
    )


def _installed_apple(credentials: Credentials) -> Standing:
    kept = credentials.installed.apple
    certificate: PassCertificate | None = kept.value
    problem = _told(kept.problem)
    if certificate is None:
        return Standing(wallet="apple", source=None if problem is None else "installation", problem=problem)
    summary = apple_summary(certificate)
    ends = datetime.fromisoformat(summary.pop("expires_at"))
    if problem is None and ends <= now():
        problem = CertificateExpired(expired_at=ends.isoformat(), pass_type=certificate.pass_type)
    return Standing(
        wallet="apple",
        source="installation",
        issuer=certificate.pass_type,
        expires_at=ends,
        problem=problem,
        is_ready=ends > now(),
        **summary,
    )


def _installed_google(credentials: Credentials) -> Standing:
    kept = credentials.installed.google
    account: ServiceAccount | None = kept.value
    problem = _told(kept.problem)
    if account is None:
        return Standing(wallet="google", source=None if problem is None else "installation", problem=problem)
    return Standing(
        wallet="google",
        source="installation",
        issuer=account.issuer_id,
        account=account.email,
        problem=problem,
        is_ready=True,
    )


def _told(problem: Exception | None) -> Refused | None:
    """A refusal in its own words; what names files of the server, in words for an owner."""
    return problem if problem is None or isinstance(problem, Refused) else InstalledUnreadable()


async def saved_passes(tx: AsyncConnection, merchant_id: str) -> dict[WalletName, int]:
    """How many passes, of cards and vouchers, are in each wallet."""
    rows = (
        sa.select(bindings.c.wallet, sa.func.count())
        .where(
            bindings.c.merchant_id == merchant_id,
            bindings.c.state == "saved",
            bindings.c.kind.in_(("card", "voucher")),
        )
        .group_by(bindings.c.wallet)
    )
    found: dict[WalletName, int] = {"apple": 0, "google": 0}
    found.update((wallet, count) for wallet, count in await tx.execute(rows))
    return found


async def troubles_of(tx: AsyncConnection, merchant_id: str, *, limit: int = 5) -> list[Trouble]:
    """Why some passes are not up to date of passes now, the most frequent first."""
    last_at = sa.func.max(sa.func.coalesce(bindings.c.sent_at, bindings.c.modified_at))
    rows = (
        sa.select(
            bindings.c.wallet,
            bindings.c.error.label("code"),
            sa.func.count().label("count"),
            last_at.label("last_at"),
        )
        .where(bindings.c.merchant_id == merchant_id, bindings.c.error.is_not(None))
        .group_by(bindings.c.wallet, bindings.c.error)
        .order_by(sa.desc("count"))
        .limit(limit)
    )
    return [Trouble(**row) for row in (await tx.execute(rows)).mappings()]
