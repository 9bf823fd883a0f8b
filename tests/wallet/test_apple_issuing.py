"""Whole passes with their pictures: every demo business, every language, and nothing for the linter to find."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cardamom.cli.demo.shops import NAMES
from cardamom.db.database import Database
from cardamom.kit.i18n import use_language
from cardamom.vouchers.rules import Status
from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.document import PassIdentity, identity_of
from cardamom.wallet.apple.issuing import build_card_pass, build_voucher_pass
from cardamom.wallet.apple.test_authority import Authority
from cardamom.wallet.art.book import ArtBook
from cardamom.wallet.face import CardFace
from cardamom.wallet.lint.apple import lint_pkpass
from tests.wallet.demo_cards import NOON, PLACES, a_face, a_merchant, a_voucher, shop_of
from tests.wallet.opened_pass import opened, openssl_says

SPOKEN = [(shop, code) for shop in NAMES for code in a_merchant(shop).languages]


@pytest.fixture
def art(database: Database) -> ArtBook:
    return ArtBook(database, address=lambda: "https://cards.example.org")


@pytest.fixture
def identity(pass_certificate: PassCertificate) -> PassIdentity:
    return identity_of(
        pass_certificate,
        serial="cafe2345.0190000000007000800000000000000a",
        service_url="https://cards.example.org/apple",
        token="oyMsY2ZbIIUVX4dvHMEtTp8KoyMsY2Zb",
    )


def findings(content: bytes, authority: Authority) -> list[str]:
    with use_language("en"):
        found = lint_pkpass(content, roots=[authority.root], now=datetime.now(UTC))
    return [f"{each.severity} {each.code} {each.where}: {each.sentence}" for each in found]


@pytest.mark.parametrize(("shop", "language"), SPOKEN)
async def test_the_linter_finds_nothing(
    shop: str,
    language: str,
    art: ArtBook,
    identity: PassIdentity,
    pass_certificate: PassCertificate,
    authority: Authority,
) -> None:
    kept = a_voucher(shop, shop_of(shop).sample.keeps, active_at=NOON - timedelta(days=3))
    face = a_face(shop, vouchers=[kept], places=PLACES, language=language)
    card = await build_card_pass(face, identity=identity, certificate=pass_certificate, art=art)
    assert findings(card, authority) == []
    voucher = await build_voucher_pass(
        face, face.vouchers[0], identity=identity, certificate=pass_certificate, art=art
    )
    assert findings(voucher, authority) == []


OVER = {
    "replaced": lambda: a_face("cafe", replaced=True),
    "closed": lambda: a_face("cafe", closed_at=NOON),
    "ended": lambda: a_face("bakery", status="archived"),
    "empty": lambda: a_face("barber", balance=0, customer_name=None),
    "second program": lambda: a_face("bakery", program=1, balance=3),
    "no texts": lambda: a_face("carwash", design={"headline": {}, "terms": {}, "how_to": {}}),
}


@pytest.mark.parametrize("state", sorted(OVER))
async def test_nor_in_any_other_state_of_a_card(
    state: str,
    art: ArtBook,
    identity: PassIdentity,
    pass_certificate: PassCertificate,
    authority: Authority,
) -> None:
    face = OVER[state]()
    card = await build_card_pass(face, identity=identity, certificate=pass_certificate, art=art)
    assert findings(card, authority) == []


@pytest.mark.parametrize("status", [Status.ISSUED, Status.REDEEMED, Status.CANCELLED])
async def test_nor_in_any_other_state_of_a_voucher(
    status: Status,
    art: ArtBook,
    identity: PassIdentity,
    pass_certificate: PassCertificate,
    authority: Authority,
) -> None:
    face = a_face("barber", vouchers=[a_voucher("barber", status=status, redeemed_at=NOON)])
    content = await build_voucher_pass(
        face, face.vouchers[0], identity=identity, certificate=pass_certificate, art=art
    )
    assert findings(content, authority) == []


async def test_names_of_sixty_characters_and_odd_ones_do_no_harm(
    art: ArtBook, identity: PassIdentity, pass_certificate: PassCertificate, authority: Authority
) -> None:
    odd = {"ar": 'قهوة "Latte" 2+1\\ (👩‍👩‍👧‍👦) ' * 3, "en": 'Coffee "Latte" 2+1\\ <b>&amp;</b> ' * 3}
    face = a_face("cafe", merchant={"name": odd}, customer_name="🧿" * 60, design={"headline": odd})
    found = opened(await build_card_pass(face, identity=identity, certificate=pass_certificate, art=art))
    assert found.strings("en")[odd["ar"]] == odd["en"]
    assert found.document["organizationName"] == odd["ar"]


async def test_stamps_run_from_the_right_where_a_language_does(
    art: ArtBook, identity: PassIdentity, pass_certificate: PassCertificate
) -> None:
    def strip(face: CardFace, content: bytes, language: str) -> bytes:
        files = opened(content).files
        return files.get(f"{language}.lproj/strip@2x.png", files["strip@2x.png"])

    for own in ("ar", "en"):
        face = a_face("cafe", language=own)
        content = await build_card_pass(face, identity=identity, certificate=pass_certificate, art=art)
        assert strip(face, content, "ar") != strip(face, content, "en")
    only_english = a_face("carwash")
    content = await build_card_pass(only_english, identity=identity, certificate=pass_certificate, art=art)
    assert "en.lproj/strip@2x.png" not in opened(content).files


async def test_openssl_takes_a_whole_pass(
    tmp_path: Path,
    art: ArtBook,
    identity: PassIdentity,
    pass_certificate: PassCertificate,
    authority: Authority,
) -> None:
    face = a_face("bakery", places=PLACES)
    found = opened(await build_card_pass(face, identity=identity, certificate=pass_certificate, art=art))
    said = openssl_says(
        tmp_path,
        content=found.files["manifest.json"],
        signature=found.files["signature"],
        root_pem=authority.root_pem,
    )
    assert said is None
    assert set(found.manifest) == set(found.files) - {"manifest.json", "signature"}
    assert found.document["teamIdentifier"] == pass_certificate.team
    assert msgspec.json.decode(found.files["pass.json"]) == found.document
