"""What a voucher shows: the picture of its reward, or a gift tied with a ribbon in the colours of the card."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageDraw

from cardamom.cards.art import Colours
from cardamom.kit.colour import mix
from cardamom.wallet.art import sprites
from cardamom.wallet.art.drawing import Gift, Order
from cardamom.wallet.art.paper import (
    as_png,
    drawn_palette,
    in_palette,
    photo_palette,
    printed_paper,
    whole_photo,
)
from cardamom.wallet.art.pictures import Uploads
from cardamom.wallet.art.sheets import colours_of

_PHOTO_COLOURS: Final = 160
#: Of the height of the picture.
_STAMP_SHARE: Final = 0.31
_RIBBON_SHARE: Final = 0.085
_TURN: Final = -8


def draw_gift(drawing: Gift, order: Order, uploads: Uploads) -> bytes:
    """A PNG file with a palette."""
    colours = colours_of(drawing.inks)
    picture = uploads.find(drawing.picture)
    if picture is not None:
        photo = whole_photo(picture, order.size, ground=colours.background)
        return as_png(in_palette(photo, photo_palette(photo, colours=_PHOTO_COLOURS)))
    ribbon = mix(colours.stamp, colours.background, share=0.5)
    palette = drawn_palette(colours, others=[(colours.background, ribbon), (ribbon, colours.stamp)])
    return as_png(in_palette(_wrapped(drawing, order, colours, ribbon), palette))


def _wrapped(drawing: Gift, order: Order, colours: Colours, ribbon: str) -> Image.Image:
    """A parcel: the shop's paper, a ribbon across, and its seal where the ribbons meet."""
    width, height = order.size
    image = printed_paper(
        order.size,
        colours,
        pattern="dots" if drawing.pattern == "plain" else drawing.pattern,
        icon="gift",
        direction="ltr",
        scale=height / 144,
    )
    pen, half = ImageDraw.Draw(image), round(height * _RIBBON_SHARE / 2)
    pen.rectangle((0, height // 2 - half, width, height // 2 + half), fill=ribbon)
    pen.rectangle((width // 2 - half, 0, width // 2 + half, height), fill=ribbon)
    radius = round(height * _STAMP_SHARE, 1)
    margin = sprites.disc(round(radius * 1.14, 1))
    image.paste(
        colours.background, (round((width - margin.width) / 2), round((height - margin.height) / 2)), margin
    )
    sprite = sprites.pressed("gift", radius, _TURN)
    corner = sprite.corner(width / 2, height / 2)
    image.paste(colours.stamp, corner, sprite.under)
    image.paste(colours.on_stamp, corner, sprite.over)
    return image
