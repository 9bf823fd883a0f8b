"""Codes as pictures: QR, Code 128 and EAN-13 as SVG to put into a page.

Always black on white with the quiet zone the standard asks for, whatever the page looks like, and never mirrored:
a scanner does not know about themes. The picture has no text; the page writes the code beneath it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, cast

import zxingcpp
from markupsafe import Markup
from stdnum import ean

#: Height of the bars in modules: about a third of a usual code's width, so that a hand-held scanner finds it.
_BAR_HEIGHT = 48
#: M restores 15 % of a damaged symbol; a clean screen needs no more and the modules stay large.
_CORRECTION = "M"

_FRAME = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{label}"'
    ' shape-rendering="crispEdges"><rect width="{width}" height="{height}" fill="#fff"/>'
    '<path fill="#000" d="{path}"/></svg>'
)


def qr_svg(text: str, *, label: str) -> Markup:
    """A QR code. label: what it is, for people who do not see it.

    Digits alone take the least room: 18 of them make the smallest size. Raises ValueError for nothing or too much.
    """
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=_CORRECTION)
    rows = _modules(symbol)
    path = "".join(f"M{x} {y}h{width}v1h-{width}z" for y, row in enumerate(rows) for x, width in _runs(row))
    return _svg(len(rows[0]), len(rows), path, label)


def barcode_svg(code: str, *, label: str) -> Markup:
    """The linear code a till expects: EAN-13 for thirteen digits with the right check digit, else Code 128.

    label: what it is, for people who do not see it. Raises ValueError for a code that is not printable ASCII.
    """
    if not (code.isascii() and code.isprintable()):
        raise ValueError("a barcode carries printable ASCII only")
    symbol = zxingcpp.create_barcode(code, _linear_format(code))
    row = _modules(symbol)[0]
    path = "".join(f"M{x} 0h{width}v{_BAR_HEIGHT}h-{width}z" for x, width in _runs(row))
    return _svg(len(row), _BAR_HEIGHT, path, label)


def _linear_format(code: str) -> zxingcpp.BarcodeFormat:
    if len(code) == 13 and ean.is_valid(code):
        return zxingcpp.BarcodeFormat.EAN13
    return zxingcpp.BarcodeFormat.Code128


def _modules(symbol: zxingcpp.Barcode) -> Sequence[Sequence[int]]:
    """The symbol with its quiet zone, one number per module; 0 is black."""
    image = zxingcpp.write_barcode_to_image(symbol, scale=1, add_quiet_zones=True)
    # An image is a buffer, which its type does not say.
    return cast(list[list[int]], memoryview(cast(Any, image)).tolist())


def _runs(row: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Where black begins in a row, and for how many modules."""
    x = 0
    for value, group in groupby(row):
        width = len(list(group))
        if value == 0:
            yield x, width
        x += width


def _svg(width: int, height: int, path: str, label: str) -> Markup:
    return _FRAME.format(width=width, height=height, path=path, label=label)
