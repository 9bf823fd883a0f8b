"""The pass of a binding as it is now: read, drawn and signed at the moment at which somebody wants it.

A pass of an earlier link of its card says that it was replaced, and nothing else: the phone may be in other hands.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.merchants.queries import merchant_by_id
from cardamom.vouchers.rules import Status, VoucherNow
from cardamom.wallet.apple.document import identity_of
from cardamom.wallet.apple.issuing import build_card_pass, build_voucher_pass
from cardamom.wallet.apple.tokens import PassTokens
from cardamom.wallet.bindings import Binding
from cardamom.wallet.errors import PassUnknown, WalletNotConfigured
from cardamom.wallet.face import CardFace, VoucherFace
from cardamom.wallet.faces import read_face, read_replaced_face
from cardamom.wallet.naming import pass_name
from cardamom.wallet.wallets import Wallets
from cardamom.wallet.wording import voucher_face

#: Phones append "/v1/…" to it (PassKit web service, webServiceURL).
SERVICE_PATH: Final = "/apple"


class Faces(msgspec.Struct, frozen=True):
    """What a pass of Apple's shows: a card, or one of the vouchers of a card."""

    card: CardFace
    voucher: VoucherFace | None


class ApplePasses:
    """For one event loop."""

    def __init__(self, wallets: Wallets) -> None:
        self._wallets = wallets
        self.tokens = PassTokens(wallets.secret_key)

    async def pass_type(self, merchant_id: str) -> str:
        """What new passes of a merchant are issued under. Raises WalletNotConfigured."""
        certificate = await self._wallets.credentials.apple(merchant_id)
        if certificate is None:
            raise WalletNotConfigured(wallet="apple")
        return certificate.pass_type

    async def build(self, binding: Binding) -> bytes:
        """The .pkpass as things stand. Raises WalletNotConfigured and PassUnknown."""
        async with self._wallets.database.reading(binding.merchant_id) as tx:
            faces = await self.faces(tx, binding)
        return await self.signed(binding, faces)

    async def faces(self, tx: AsyncConnection, binding: Binding) -> Faces:
        """What the pass shows now; `binding` was read before, or else its date would be younger than what it shows.

        The business is read with it and never from a cache: a phone asks once after a push, and then is silent.
        Raises PassUnknown.
        """
        if binding.card_id is None:
            raise PassUnknown
        merchant = await merchant_by_id(tx, binding.merchant_id)
        card = await read_face(tx, merchant, binding.card_id, links=self._wallets.links)
        is_replaced = card.view.card.token_epoch != binding.epoch
        shown = await read_replaced_face(tx, merchant, binding.card_id) if is_replaced else card
        if binding.kind == "card":
            return Faces(shown, None)
        each = card.view.voucher(binding.subject_id)
        if each is None:
            raise PassUnknown
        return Faces(shown, _replaced(shown, each) if is_replaced else _voucher_of(card, each))

    async def signed(self, binding: Binding, faces: Faces) -> bytes:
        """The bundle, with the pictures that belong to it. Not inside a transaction: they may have to be drawn.

        Signing takes a quarter of a millisecond, which is less than another thread would cost.
        Raises WalletNotConfigured without a certificate of the pass's type.
        """
        certificate = await self._wallets.credentials.apple_for(binding.merchant_id, binding.issuer)
        if certificate is None:
            raise WalletNotConfigured(wallet="apple")
        card, voucher, art = faces.card, faces.voucher, self._wallets.art
        serial = pass_name(card.handle, binding.id)
        identity = identity_of(
            certificate,
            serial=serial,
            service_url=self._wallets.links.address(SERVICE_PATH),
            token=self.tokens.token(serial, binding.epoch),
        )
        if voucher is None:
            return await build_card_pass(card, identity=identity, certificate=certificate, art=art)
        return await build_voucher_pass(card, voucher, identity=identity, certificate=certificate, art=art)


def _voucher_of(card: CardFace, each: VoucherNow) -> VoucherFace:
    """As it is listed on the card; one that is too old to be listed is no longer open, and so nowhere near."""
    listed = (voucher for voucher in card.vouchers if voucher.id == each.voucher.id)
    return next(listed, None) or voucher_face(card.view, each, page=card.page, places=())


def _replaced(card: CardFace, each: VoucherNow) -> VoucherFace:
    """A voucher on a pass that was replaced: nothing of what became of it since, and no message on the lock screen."""
    withdrawn = VoucherNow(msgspec.structs.replace(each.voucher, status=Status.CANCELLED), 0)
    face = voucher_face(card.view, withdrawn, page="", places=())
    wordings = {
        code: msgspec.structs.replace(wording, note=card.wordings[code].ended, status_news="", uses="")
        for code, wording in face.wordings.items()
    }
    return msgspec.structs.replace(face, wordings=wordings)
