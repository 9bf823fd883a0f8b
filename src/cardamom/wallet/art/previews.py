"""What a link to a program shows in a chat or a feed: the shop, what it promises, and its card.

Nothing about anybody: the card is the one that a newcomer would get.
"""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageChops, ImageDraw

from cardamom.cards.art import Colours
from cardamom.kit.colour import mix, readable_on
from cardamom.kit.languages import Direction
from cardamom.kit.pictures import contained
from cardamom.wallet.art.drawing import Order, Preview
from cardamom.wallet.art.letters import draw_text, lines_of
from cardamom.wallet.art.paper import as_png, drawn_palette, in_palette, photo_palette, printed_paper
from cardamom.wallet.art.pictures import Uploads
from cardamom.wallet.art.sheets import Painter, centred, colours_of

_MARGIN: Final = 72
_SHOP_SIZE: Final = 66.0
_PROMISE_SIZE: Final = 38.0
_LOGO: Final = 104
_LINES: Final = 2
_CARD_TOP: Final = 262
_CORNER: Final = 36
_PADDING: Final = 34
#: Pixels of what is a point of our layouts.
_POINT: Final = 2.4
_PHOTO_COLOURS: Final = 192


def draw_preview(drawing: Preview, order: Order, uploads: Uploads) -> bytes:
    """A PNG file with a palette."""
    colours = colours_of(drawing.stamps.inks)
    table = _table_colour(colours)
    image = Image.new("RGB", order.size, table)
    _place_card(image, drawing, colours, uploads)
    inset = _place_logo(image, drawing, uploads)
    _place_words(image, drawing, table=table, inset=inset)
    if uploads.find(drawing.logo) is not None or uploads.has(drawing.stamps.stamp):
        return as_png(in_palette(image, photo_palette(image, colours=_PHOTO_COLOURS)))
    text = readable_on(table)
    pairs = [(table, text), (table, _soft(table)), (table, colours.background)]
    return as_png(in_palette(image, drawn_palette(colours, others=pairs)))


def _table_colour(colours: Colours) -> str:
    """What the card lies on: its own colour, a good deal lighter or darker."""
    return mix(colours.background, readable_on(colours.background), share=0.9)


def _soft(table: str) -> str:
    return mix(readable_on(table), table, share=0.82)


def _place_card(image: Image.Image, drawing: Preview, colours: Colours, uploads: Uploads) -> None:
    """The lower part of a card, which runs out of the picture at no side."""
    size = (image.width - 2 * _MARGIN, image.height - _CARD_TOP - _MARGIN + 8)
    stamps = drawing.stamps
    card = printed_paper(
        size, colours, pattern=stamps.pattern, icon=stamps.icon, direction=stamps.direction, scale=_POINT
    )
    field = centred(
        size[0], left=_PADDING, top=_PADDING, bottom=size[1] - _PADDING, largest=176, full_rows=0.9
    )
    painter = Painter(stamps, uploads, scale=1, field=field, point=_POINT)
    painter.paint(card, balance=drawing.filled)
    image.paste(card, (_MARGIN, _CARD_TOP), _rounded_mask(size))


def _rounded_mask(size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", (size[0] * 2, size[1] * 2), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] * 2 - 1, size[1] * 2 - 1), _CORNER * 2, fill=255)
    return mask.reduce(2)


def _place_logo(image: Image.Image, drawing: Preview, uploads: Uploads) -> int:
    """Returns how far from the edge the words begin."""
    logo = uploads.find(drawing.logo)
    if logo is None:
        return _MARGIN
    drawn = contained(logo, (_LOGO * 2, _LOGO))
    mask = Image.new("L", drawn.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, drawn.width - 1, drawn.height - 1), 18, fill=255)
    x = _MARGIN if drawing.stamps.direction == "ltr" else image.width - _MARGIN - drawn.width
    top = (_CARD_TOP - drawn.height) // 2 + 8
    image.paste(drawn.convert("RGB"), (x, top), ImageChops.multiply(mask, drawn.getchannel("A")))
    return _MARGIN + drawn.width + 32


def _place_words(image: Image.Image, drawing: Preview, *, table: str, inset: int) -> None:
    direction, room = drawing.stamps.direction, image.width - inset - _MARGIN
    shop = draw_text(drawing.shop, size=_SHOP_SIZE, weight=700, direction=direction, room=room)
    lines = [
        draw_text(line, size=_PROMISE_SIZE, weight=500, direction=direction, room=room)
        for line in lines_of(drawing.promise, size=_PROMISE_SIZE, weight=500, room=room, most=_LINES)
    ]
    step = round(_PROMISE_SIZE * 1.35)
    height = shop.height + step * len(lines)
    top = (_CARD_TOP - height) // 2 + 14
    _put_line(image, shop, direction, top=top, inset=inset, colour=readable_on(table))
    for number, line in enumerate(lines):
        _put_line(
            image,
            line,
            direction,
            top=top + shop.height + number * step,
            inset=inset,
            colour=_soft(table),
        )


def _put_line(
    image: Image.Image, mask: Image.Image, direction: Direction, *, top: int, inset: int, colour: str
) -> None:
    x = inset if direction == "ltr" else image.width - inset - mask.width
    image.paste(colour, (x, top), mask)
