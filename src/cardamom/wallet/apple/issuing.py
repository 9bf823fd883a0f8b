"""From what a wallet shows to a signed file: pictures, `pass.json`, signature."""

from __future__ import annotations

from cardamom.wallet.apple.bundle import pkpass
from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.document import PassIdentity
from cardamom.wallet.apple.passes import to_apple
from cardamom.wallet.apple.voucher_passes import voucher_to_apple
from cardamom.wallet.art.book import ArtBook
from cardamom.wallet.face import CardFace, VoucherFace


async def build_card_pass(
    face: CardFace, *, identity: PassIdentity, certificate: PassCertificate, art: ArtBook
) -> bytes:
    """A .pkpass of a card as it stands. Not inside a transaction: pictures may have to be drawn first."""
    images = await art.pass_images(face)
    return pkpass(to_apple(face, identity=identity, art=images), images, certificate)


async def build_voucher_pass(
    card: CardFace,
    voucher: VoucherFace,
    *,
    identity: PassIdentity,
    certificate: PassCertificate,
    art: ArtBook,
) -> bytes:
    """A .pkpass of a voucher as it stands. card: the one that holds it. Not inside a transaction."""
    images = await art.voucher_images(card.design, voucher)
    apple_pass = voucher_to_apple(card, voucher, identity=identity, art=images)
    return pkpass(apple_pass, images, certificate)
