"""What we draw, a scanner reads."""

import re
from xml.etree import ElementTree as ET

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from cardamom.kit.codes import CodeKind, new_code
from cardamom.vouchers.barcodes import barcode_svg, qr_svg

SVG = "{http://www.w3.org/2000/svg}"
SUBPATH = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z")


def painted(svg: str, *, scale: int = 4) -> Image.Image:
    """The picture as a screen shows it, from its rectangles."""
    root = ET.fromstring(svg)
    _, _, width, height = (int(number) for number in root.attrib["viewBox"].split())
    picture = Image.new("L", (width * scale, height * scale), 255)
    draw = ImageDraw.Draw(picture)
    path = root.find(f"{SVG}path")
    assert path is not None
    for found in SUBPATH.finditer(path.attrib["d"]):
        x, y, wide, high = (int(number) * scale for number in found.groups())
        draw.rectangle((x, y, x + wide - 1, y + high - 1), fill=0)
    return picture


def read(svg: str) -> tuple[str, zxingcpp.BarcodeFormat]:
    (found,) = zxingcpp.read_barcodes(painted(svg))
    return found.text, found.format


@pytest.mark.parametrize("text", ["190000000000000017", "690000000000000018", "FREECOFFEE", "قهوة مجانية"])
def test_a_qr_code_is_read_back(text: str) -> None:
    assert read(qr_svg(text, label="Code")) == (text, zxingcpp.BarcodeFormat.QRCode)


@pytest.mark.parametrize("code", ["FREECOFFEE", "GIFT 100", "123456789012", "4006381333932", "~!-a"])
def test_a_linear_code_is_read_back(code: str) -> None:
    assert read(barcode_svg(code, label="Code")) == (code, zxingcpp.BarcodeFormat.Code128)


def test_thirteen_digits_with_the_right_check_digit_are_an_ean() -> None:
    assert read(barcode_svg("4006381333931", label="Code")) == ("4006381333931", zxingcpp.BarcodeFormat.EAN13)


def test_a_cards_code_makes_the_smallest_qr_code() -> None:
    assert 'viewBox="0 0 29 29"' in qr_svg(new_code(CodeKind.CARD), label="Code")


@pytest.mark.parametrize("code", ["قهوة", "", "a\nb", "café"])
def test_what_no_till_reads_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="barcode"):
        barcode_svg(code, label="Code")


def test_the_label_cannot_leave_its_attribute() -> None:
    svg = qr_svg("1", label='"><script>')
    assert "<script>" not in svg
    assert ET.fromstring(svg).attrib["aria-label"] == '"><script>'
    assert ET.fromstring(svg).attrib["role"] == "img"
