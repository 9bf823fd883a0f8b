"""A pass of each demo business, in its four languages, opens in the linter without a finding."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cardamom.cli.demo.shops import NAMES
from cardamom.db.database import Database
from cardamom.programs.schemas import Design
from cardamom.wallet.apple.bundle import pkpass, pkpasses
from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.document import identity_of
from cardamom.wallet.apple.passes import to_apple
from cardamom.wallet.apple.test_authority import Authority
from cardamom.wallet.apple.voucher_passes import voucher_to_apple
from cardamom.wallet.art.book import ArtBook
from cardamom.wallet.face import CardFace
from cardamom.wallet.google.classes import ClassAddresses, program_class, reward_class
from cardamom.wallet.google.objects import ObjectNames, to_google, voucher_to_google
from cardamom.wallet.lint.apple import lint_pkpass
from cardamom.wallet.lint.google import lint_google, lint_resource
from tests.wallet.demo_cards import PLACES, ROTATING_KEY, a_face, a_voucher, shop_of

SERVICE = "https://cards.example.org/apple"
ISSUER = "3388000000012345678"
LANGUAGES = ("en", "ar", "fa", "he")


@pytest.fixture
def art(database: Database) -> Iterator[ArtBook]:
    book = ArtBook(database, address=lambda path: f"https://cards.example.org{path}")
    yield book
    book.close()


def faces(shop: str) -> Iterator[CardFace]:
    """Its cards: of each program a new one and a nearly full one with a voucher, for holders of each language."""
    for program, said in enumerate(shop_of(shop).programs):
        for language in LANGUAGES:
            merchant = {"languages": list(LANGUAGES)}
            for balance in (0, said.rules.goal - 1):
                vouchers = [a_voucher(shop)] if balance else []
                yield a_face(
                    shop,
                    program=program,
                    balance=balance,
                    vouchers=vouchers,
                    places=PLACES,
                    merchant=merchant,
                    language=language,
                )


async def apple_card(face: CardFace, art: ArtBook, certificate: PassCertificate) -> bytes:
    images = await art.pass_images(face)
    identity = identity_of(certificate, serial=f"{face.handle}.1", service_url=SERVICE, token="t" * 32)
    return pkpass(to_apple(face, identity=identity, art=images), images, certificate)


async def apple_voucher(face: CardFace, design: Design, art: ArtBook, certificate: PassCertificate) -> bytes:
    (voucher,) = face.vouchers
    images = await art.voucher_images(design, voucher)
    identity = identity_of(certificate, serial=f"{face.handle}.2", service_url=SERVICE, token="t" * 32)
    return pkpass(voucher_to_apple(face, voucher, identity=identity, art=images), images, certificate)


@pytest.mark.parametrize("shop", NAMES)
async def test_apples_passes_have_no_finding(
    shop: str, art: ArtBook, pass_certificate: PassCertificate, authority: Authority
) -> None:
    for face in faces(shop):
        assert set(face.wordings) == set(LANGUAGES)
        card = await apple_card(face, art, pass_certificate)
        assert lint_pkpass(card, roots=[authority.root]) == []
        if face.vouchers:
            voucher = await apple_voucher(face, face.design, art, pass_certificate)
            assert lint_pkpass(pkpasses([card, voucher]), roots=[authority.root]) == []


@pytest.mark.parametrize("shop", NAMES)
async def test_googles_passes_have_no_finding(shop: str, art: ArtBook) -> None:
    for face in faces(shop):
        drawn = await art.card_addresses(face)
        addresses = ClassAddresses(
            logo=drawn.logo, home="https://cards.example.org/", callback="https://cards.example.org/google"
        )
        names = ObjectNames(
            id=f"{ISSUER}.card",
            class_id=f"{ISSUER}.program",
            linked=tuple(f"{ISSUER}.v" for _ in face.vouchers),
        )
        program = program_class(face, id=names.class_id, addresses=addresses)
        assert lint_resource("loyaltyClass", program) == lint_google(program) == []
        card = to_google(face, names=names, hero_url=drawn.hero)
        assert lint_resource("loyaltyObject", card) == lint_google(card) == []
        for voucher in face.vouchers:
            reward = reward_class(voucher, card=face, id=f"{ISSUER}.reward", addresses=addresses)
            assert lint_resource("offerClass", reward) == lint_google(reward) == []
            gift = await art.voucher_addresses(face.design, picture=voucher.picture)
            offer = voucher_to_google(
                voucher,
                language=face.language,
                id=f"{ISSUER}.v",
                class_id=f"{ISSUER}.reward",
                hero_url=gift.hero,
            )
            assert lint_resource("offerObject", offer) == []


def test_a_rotating_code_has_no_finding() -> None:
    names = ObjectNames(id=f"{ISSUER}.card", class_id=f"{ISSUER}.program")
    face = a_face(rotating_key=ROTATING_KEY)
    card = to_google(face, names=names, hero_url="https://cards.example.org/art/1/hero.png")
    assert "rotatingBarcode" in card
    assert lint_resource("loyaltyObject", card) == []
