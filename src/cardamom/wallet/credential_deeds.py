"""The deeds about a merchant's own certificate and service account.

A replaced one stays where its passes are: Apple installs updates of a pass only under the pass type that it was made
with. One of the same issuer takes its place; what was removed by hand is erased and serves nothing any more.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
import sqlalchemy as sa

from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Decision, Event, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.ledger.writer import Ledger
from cardamom.wallet.credential_errors import CertificateOfAnotherTeam, CredentialUnknown
from cardamom.wallet.sealed import WalletName
from cardamom.wallet.tables import credentials

_ERASED = b""


class SetCredential(Command, frozen=True, kw_only=True):
    """Put a certificate or an account in force. Its id and its seal are new at every try; its likeness is not."""

    kind: ClassVar[str] = "wallet.set_credential"

    wallet: WalletName
    issuer: str
    credential_id: str
    sealed: bytes
    likeness: str
    summary: dict[str, Any]

    def fingerprint(self) -> bytes:
        return Command.fingerprint(msgspec.structs.replace(self, credential_id="", sealed=b"", summary={}))


class RemoveCredential(Command, frozen=True, kw_only=True):
    """Forget the merchant's own certificates or accounts of a wallet, older ones included."""

    kind: ClassVar[str] = "wallet.remove_credential"

    wallet: WalletName


class SetCredentialDeed:
    async def perform(self, tx: Tx, command: SetCredential, occasion: Occasion) -> Decision:
        """Facts: credential (its id), wallet, issuer. Raises CertificateOfAnotherTeam."""
        of_wallet = (
            credentials.c.merchant_id == command.merchant_id,
            credentials.c.wallet == command.wallet,
        )
        await _refuse_another_team(tx, command)
        retired = sa.func.coalesce(credentials.c.retired_at, occasion.now)
        await tx.sql.execute(sa.update(credentials).where(*of_wallet).values(retired_at=retired))
        await tx.sql.execute(
            sa.update(credentials)
            .where(*of_wallet, credentials.c.issuer == command.issuer)
            .values(sealed=_ERASED, retired_at=retired)
        )
        await tx.sql.execute(
            sa.insert(credentials).values(
                merchant_id=command.merchant_id,
                id=command.credential_id,
                wallet=command.wallet,
                issuer=command.issuer,
                sealed=command.sealed,
                summary=command.summary,
                created_at=occasion.now,
            )
        )
        told = {"wallet": command.wallet, "issuer": command.issuer}
        return Decision(
            facts={"credential": command.credential_id, **told},
            events=(Event("wallet.credential_set", command.credential_id, told),),
        )


async def _refuse_another_team(tx: Tx, command: SetCredential) -> None:
    """Compare with the one that this one would take the place of. Nothing is known of what was removed by hand: an
    owner who begins anew with that pass type does so by removing it. An account has no team.
    """
    same_issuer = sa.select(credentials.c.summary["team"].astext).where(
        credentials.c.merchant_id == command.merchant_id,
        credentials.c.wallet == command.wallet,
        credentials.c.issuer == command.issuer,
        credentials.c.sealed != _ERASED,
    )
    team, other_team = await tx.sql.scalar(same_issuer), command.summary.get("team")
    if team is not None and team != other_team:
        raise CertificateOfAnotherTeam(pass_type=command.issuer, team=team, other_team=other_team)


class RemoveCredentialDeed:
    async def perform(self, tx: Tx, command: RemoveCredential, occasion: Occasion) -> Decision:
        """Facts: wallet, issuers. Raises CredentialUnknown when there was none."""
        erased = (
            sa.update(credentials)
            .where(
                credentials.c.merchant_id == command.merchant_id,
                credentials.c.wallet == command.wallet,
                credentials.c.sealed != _ERASED,
            )
            .values(sealed=_ERASED, retired_at=occasion.now)
            .returning(credentials.c.id, credentials.c.issuer)
        )
        rows = (await tx.sql.execute(erased)).all()
        if not rows:
            raise CredentialUnknown
        return Decision(
            facts={"wallet": command.wallet, "issuers": sorted(row.issuer for row in rows)},
            events=[
                Event("wallet.credential_removed", row.id, {"wallet": command.wallet, "issuer": row.issuer})
                for row in rows
            ],
        )


def register(ledger: Ledger) -> None:
    """Tell the ledger who performs these commands."""
    ledger.register(SetCredential, SetCredentialDeed())
    ledger.register(RemoveCredential, RemoveCredentialDeed())
