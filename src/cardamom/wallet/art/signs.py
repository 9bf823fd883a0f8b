"""What a shop is known by at the edge of a pass: icon, logo, and Google's round and wide ones.

With a logo it is the logo. Without one it is the stamp of the card: an ink round with its icon.
"""

from __future__ import annotations

from typing import Final

from PIL import Image

from cardamom.cards.art import Colours
from cardamom.kit.colour import PAPER, SHAPE_CONTRAST, contrast
from cardamom.kit.pictures import contained, is_see_through, mean_colour
from cardamom.wallet.art import sprites
from cardamom.wallet.art.drawing import Order, Sign
from cardamom.wallet.art.paper import as_png
from cardamom.wallet.art.pictures import Uploads, stamp_of_picture
from cardamom.wallet.art.sheets import colours_of

_TURN: Final = -8
#: Wallets cut their round logo from a square and ask for 15 % of margin (Google Wallet brand guidelines).
_EMBLEM_SHARE: Final = 0.70
_ICON_SHARE: Final = 0.80
_PALETTE: Final = 128
#: Logos have several colours; with half of what a shape needs, on average, one of them is seen.
_SEEN: Final = SHAPE_CONTRAST / 2
_PLATE_MARGIN: Final = 0.1
#: A square logo would reach into the corners that a round mask cuts away.
_INSIDE_CIRCLE: Final = 0.707


def draw_sign(drawing: Sign, order: Order, uploads: Uploads) -> bytes:
    """One of the signs as a PNG file with a palette."""
    colours = colours_of(drawing.inks)
    logo = uploads.find(drawing.logo)
    match order.kind:
        case "icon":
            image = _square(drawing, order, uploads, logo, colours, share=_ICON_SHARE)
        case "emblem":
            image = _square(drawing, order, uploads, logo, colours, share=_EMBLEM_SHARE)
        case "wide-logo":
            image = _wide(drawing, order, uploads, logo, colours)
        case _:
            image = _free(drawing, order, uploads, logo, colours)
    return as_png(_with_few_colours(image))


def _free(
    drawing: Sign, order: Order, uploads: Uploads, logo: Image.Image | None, colours: Colours
) -> Image.Image:
    """As large as the logo is within the room there is, on the ground of the pass."""
    if logo is not None:
        return _as_large_as_fits(logo, order.size, drawing, colours)
    side = order.size[1]
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    _press(image, drawing, uploads, colours, radius=round(side / 2 * 0.95, 1))
    return image


def _as_large_as_fits(
    logo: Image.Image, size: tuple[int, int], drawing: Sign, colours: Colours
) -> Image.Image:
    """The logo itself; on a plate where it has no ground of its own and would be lost on the pass."""
    if not is_see_through(logo) or contrast(mean_colour(logo), drawing.inks.background) >= _SEEN:
        return contained(logo, size)
    margin = round(size[1] * _PLATE_MARGIN)
    fitted = contained(logo, (size[0] - 2 * margin, size[1] - 2 * margin))
    plate = Image.new("RGBA", (fitted.width + 2 * margin, fitted.height + 2 * margin), _plate(logo, colours))
    plate.alpha_composite(fitted, (margin, margin))
    return plate


def _plate(logo: Image.Image, colours: Colours) -> str:
    """The ground on which a logo can be seen: paper, or the darkest the card has."""
    return max((PAPER, colours.ink, colours.background), key=lambda each: contrast(mean_colour(logo), each))


def _square(
    drawing: Sign,
    order: Order,
    uploads: Uploads,
    logo: Image.Image | None,
    colours: Colours,
    *,
    share: float,
) -> Image.Image:
    """A ground that fills the square, and in its middle what may not be cut."""
    side = order.size[0]
    if logo is None:
        image = Image.new("RGBA", order.size, colours.background)
        _press(image, drawing, uploads, colours, radius=round(side * share / 2, 1))
        return image
    if not is_see_through(logo) and _is_nearly_square(logo) and order.kind == "icon":
        return contained(logo, order.size).resize(order.size, Image.Resampling.LANCZOS)
    return _middle(logo, order, _ground_below(logo, drawing, colours), share=share)


def _middle(logo: Image.Image, order: Order, ground: str, *, share: float) -> Image.Image:
    image = Image.new("RGBA", order.size, ground)
    side = order.size[0]
    flat = min(logo.size) / max(logo.size)
    reach = share if flat < 0.6 else max(share * _INSIDE_CIRCLE * 1.1, 0.52)
    drawn = contained(logo, (round(side * reach),) * 2)
    image.alpha_composite(drawn, ((side - drawn.width) // 2, (side - drawn.height) // 2))
    return image


def _ground_below(logo: Image.Image, drawing: Sign, colours: Colours) -> str:
    """What goes on to the edge: a logo's own ground, the card's colour, or a plate on which it can be seen."""
    if not is_see_through(logo):
        red, green, blue = _corner_colour(logo)
        return f"#{red:02x}{green:02x}{blue:02x}"
    if contrast(mean_colour(logo), drawing.inks.background) >= _SEEN:
        return drawing.inks.background
    return _plate(logo, colours)


def _corner_colour(logo: Image.Image) -> tuple[int, int, int]:
    pixel = logo.convert("RGB").getpixel((0, 0))
    if not isinstance(pixel, tuple):
        raise TypeError("an RGB picture has three channels")
    red, green, blue = pixel[:3]
    return int(red), int(green), int(blue)


def _is_nearly_square(logo: Image.Image) -> bool:
    return 0.9 <= logo.width / logo.height <= 1.12


def _wide(
    drawing: Sign, order: Order, uploads: Uploads, logo: Image.Image | None, colours: Colours
) -> Image.Image:
    width, height = order.size
    if logo is None:
        image = Image.new("RGBA", order.size, colours.background)
        _press(image, drawing, uploads, colours, radius=round(height * 0.36, 1))
        return image
    image = Image.new("RGBA", order.size, _ground_below(logo, drawing, colours))
    drawn = contained(logo, (round(width * 0.8), round(height * 0.7)))
    image.alpha_composite(drawn, ((width - drawn.width) // 2, (height - drawn.height) // 2))
    return image


def _press(image: Image.Image, drawing: Sign, uploads: Uploads, colours: Colours, *, radius: float) -> None:
    """The stamp of the card in the middle."""
    own = uploads.find(drawing.stamp)
    if own is not None:
        mine = stamp_of_picture(own, radius, _TURN, colours.stamp)
        image.alpha_composite(mine, ((image.width - mine.width) // 2, (image.height - mine.height) // 2))
        return
    sprite = sprites.pressed(drawing.icon, radius, _TURN)
    corner = sprite.corner(image.width / 2, image.height / 2)
    layer = Image.new("RGBA", image.size, colours.stamp)
    layer.putalpha(0)
    layer.paste(colours.stamp, corner, sprite.under)
    lighter = Image.new("RGBA", image.size, colours.on_stamp)
    lighter.putalpha(0)
    lighter.paste(colours.on_stamp, corner, sprite.over)
    image.alpha_composite(layer)
    image.alpha_composite(lighter)


def _with_few_colours(image: Image.Image) -> Image.Image:
    """In a palette; with transparency where there is any, which only one of Pillow's methods keeps."""
    if not is_see_through(image):
        return image.convert("RGB").quantize(
            _PALETTE, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
        )
    return image.quantize(_PALETTE, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
