"""Every demo business's card and voucher as Apple's format, in each language of the business."""

from datetime import timedelta

import pytest

from cardamom.cli.demo.shops import NAMES
from cardamom.wallet.apple.document import ApplePass, PassIdentity
from cardamom.wallet.apple.passes import to_apple
from cardamom.wallet.apple.voucher_passes import voucher_to_apple
from cardamom.wallet.face import CardFace
from tests.wallet.demo_cards import NOON, PLACES, a_face, a_merchant, a_voucher, shop_of
from tests.wallet.golden import assert_golden
from tests.wallet.opened_pass import read_strings

IDENTITY = PassIdentity(
    pass_type="pass.org.cardamom.demo",
    team="CARDAMOM00",
    serial="cafe2345.0190000000007000800000000000000a",
    service_url="https://cards.example.org/apple",
    token="oyMsY2ZbIIUVX4dvHMEtTp8KoyMsY2Zb",
)
ART = ("icon.png", "strip@2x.png", "background@2x.png")

SPOKEN = [(shop, code) for shop in NAMES for code in a_merchant(shop).languages]


def face_of(shop: str, language: str) -> CardFace:
    """A card with seven stamps and the voucher of its sample, which a visit of yesterday did not bring."""
    kept = a_voucher(shop, shop_of(shop).sample.keeps, active_at=NOON - timedelta(days=3))
    return a_face(shop, vouchers=[kept], places=PLACES, language=language)


def told(apple_pass: ApplePass) -> dict[str, object]:
    """A pass with its translations as they are read."""
    strings = {path: read_strings(content) for path, content in apple_pass.strings.items()}
    return {"pass.json": apple_pass.document, **strings}


@pytest.mark.parametrize(("shop", "language"), SPOKEN)
def test_golden_card(shop: str, language: str) -> None:
    face = face_of(shop, language)
    assert_golden(f"apple/{shop}-card-{language}", told(to_apple(face, identity=IDENTITY, art=ART)))


@pytest.mark.parametrize(("shop", "language"), SPOKEN)
def test_golden_voucher(shop: str, language: str) -> None:
    face = face_of(shop, language)
    made = voucher_to_apple(face, face.vouchers[0], identity=IDENTITY, art=ART)
    assert_golden(f"apple/{shop}-voucher-{language}", told(made))
