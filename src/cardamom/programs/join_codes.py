"""The QR code of a join page, for paper: as a drawing and as a picture file."""

from io import BytesIO
from typing import Final

import segno
from markupsafe import Markup, escape

#: Q restores a quarter of a damaged symbol: a label beside a coffee machine does not stay clean.
_CORRECTION: Final = "q"
#: The quiet zone that the standard asks for, in modules.
_BORDER: Final = 4
#: Pixels of a module in the picture file: about 1 100 across, sharp on a poster.
_SCALE: Final = 28

_FRAME = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img" aria-label="{label}"'
    ' shape-rendering="crispEdges"><rect width="{size}" height="{size}" fill="#fff"/>{drawing}</svg>'
)


def join_code_svg(url: str, *, label: str) -> Markup:
    """Black on white with its quiet zone, whatever the page looks like. label: what it is, for those who do not see."""
    code = _code(url)
    drawing = Markup(code.svg_inline(border=_BORDER, svgclass=None, lineclass=None, omitsize=True))  # noqa: S704
    return _FRAME.format(size=code.symbol_size(border=_BORDER)[0], label=escape(label), drawing=drawing)


def join_code_png(url: str) -> bytes:
    """The same as a PNG, large enough for a poster."""
    file = BytesIO()
    _code(url).save(file, kind="png", scale=_SCALE, border=_BORDER)
    return file.getvalue()


def _code(url: str) -> segno.QRCode:
    return segno.make_qr(url, error=_CORRECTION)
