"""What pictures are drawn on: the shop's colour with its pattern, or its cover; and how they become small PNG files.

Lengths are in points of the picture; `scale` makes pixels of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from cardamom.cards.art import Colours
from cardamom.kit.colour import mix
from cardamom.kit.languages import Direction
from cardamom.programs.schemas import Pattern
from cardamom.wallet.art.sprites import icon_mask

Size = tuple[int, int]

#: Steps of smoothing between two colours of the palette: more cannot be seen on a phone.
_STEPS: Final = 12
#: Pillow finds colours in cells of four: what is nearer than two cells to a chosen colour could be taken for it.
_APART: Final = 8
#: A photograph behind stamps needs this many colours once it is veiled.
_PHOTO_COLOURS: Final = 64
#: What a picture on a stamp may add to the colours of a drawing.
_MIXED_COLOURS: Final = 128
_VEIL: Final = 0.34
#: How far its edges run, as a share of the picture: stamps stand out, and the file is a third.
_SOFT: Final = 0.006
_DOTS_GAP: Final = 27.0
_DOT: Final = 1.5
_RINGS_GAP: Final = 38.0
_FAINT: Final = 18  # of 255: 7 %
_COMPRESSION: Final = 6


def blank_paper(size: Size, colours: Colours) -> Image.Image:
    """Nothing but the shop's colour, exactly: the pass around the picture has the same."""
    return Image.new("RGB", size, colours.background)


def printed_paper(
    size: Size,
    colours: Colours,
    *,
    pattern: Pattern,
    icon: str,
    direction: Direction,
    scale: float,
) -> Image.Image:
    """Paper with a faint pattern, which grows from the side where reading ends."""
    paper = blank_paper(size, colours)
    if pattern == "plain":
        return paper
    mask = Image.new("L", size, 0)
    match pattern:
        case "emblem":
            _print_emblem(mask, icon=icon, direction=direction)
        case "dots":
            _print_dots(mask, scale=scale)
        case "rays":
            _print_rings(mask, direction=direction, scale=scale)
    paper.paste(colours.ink, (0, 0), mask)
    return paper


def _print_emblem(mask: Image.Image, *, icon: str, direction: Direction) -> None:
    side = round(mask.height * 1.05) if mask.height < mask.width else round(mask.width * 0.8)
    drawn = icon_mask(icon, side).rotate(14, Image.Resampling.BICUBIC)
    x = mask.width - round(side * 0.82) if direction == "ltr" else -round(side * 0.18)
    mask.paste(drawn.point(lambda value: value * 20 // 255), (x, -round(side * 0.08)))


def _print_dots(mask: Image.Image, *, scale: float) -> None:
    gap, radius = _DOTS_GAP * scale, _DOT * scale
    pen = ImageDraw.Draw(mask)
    for row in range(int(mask.height / gap) + 2):
        for column in range(-1, int(mask.width / gap) + 2):
            x, y = (column + 0.5 * (row % 2) + 0.2) * gap, (row + 0.35) * gap
            pen.circle((x, y), radius, fill=_FAINT)


def _print_rings(mask: Image.Image, *, direction: Direction, scale: float) -> None:
    pen = ImageDraw.Draw(mask)
    corner = (mask.width if direction == "ltr" else 0, 0)
    for number in range(1, int(max(mask.size) / (_RINGS_GAP * scale)) + 2):
        pen.circle(corner, number * _RINGS_GAP * scale, outline=_FAINT, width=max(1, round(scale * 1.2)))


def veiled_cover(picture: Image.Image, size: Size, colours: Colours) -> Image.Image:
    """A photograph that fills the picture, with enough of the shop's colour over it to keep it behind."""
    photo = ImageOps.fit(_opaque(picture, colours.background), size, Image.Resampling.LANCZOS)
    soft = photo.filter(ImageFilter.GaussianBlur(_SOFT * min(size)))
    return Image.blend(soft, blank_paper(size, colours), _VEIL)


def whole_photo(picture: Image.Image, size: Size, *, ground: str) -> Image.Image:
    """A photograph that fills the picture as it is. ground: the colour behind what it leaves open."""
    return ImageOps.fit(_opaque(picture, ground), size, Image.Resampling.LANCZOS)


def _opaque(picture: Image.Image, ground: str) -> Image.Image:
    below = Image.new("RGB", picture.size, ground)
    below.paste(picture, (0, 0), picture.getchannel("A"))
    return below


def drawn_palette(colours: Colours, others: Iterable[tuple[str, str]] = ()) -> Image.Image:
    """A palette with every colour of a drawing and the steps between those that touch.

    others: further pairs that touch.
    """
    tint = mix(colours.stamp, colours.background, share=0.12)
    pairs = (
        (colours.background, colours.stamp),
        (colours.stamp, colours.on_stamp),
        (colours.background, colours.soft),
        (colours.background, colours.hairline),
        (tint, colours.stamp),
        (colours.background, mix(colours.ink, colours.background, share=0.08)),
        *others,
    )
    chosen = [_channels(colour) for pair in pairs for colour in pair]
    for one, other in pairs:
        for step in range(1, _STEPS):
            between = _channels(mix(one, other, share=step / _STEPS))
            if all(_distance(between, known) >= _APART for known in chosen):
                chosen.append(between)
    return _palette(chosen)


def mixed_palette(colours: Colours, image: Image.Image) -> Image.Image:
    """The palette of a drawing with a picture in it: the drawing's own colours stay as they are.

    image: everything that will be drawn.
    """
    plain = drawn_palette(colours).getpalette() or []
    chosen = [tuple(plain[start : start + 3]) for start in range(0, len(plain), 3)]
    found = photo_palette(image, colours=_MIXED_COLOURS).getpalette() or []
    for start in range(0, len(found), 3):
        colour = tuple(found[start : start + 3])
        if all(_distance(colour, known) >= _APART for known in chosen):
            chosen.append(colour)
    return _palette(chosen[:256])


def _palette(chosen: Iterable[tuple[int, ...]]) -> Image.Image:
    palette = Image.new("P", (1, 1))
    palette.putpalette([channel for colour in dict.fromkeys(chosen) for channel in colour])
    return palette


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return max(abs(mine - theirs) for mine, theirs in zip(one, other, strict=True))


def photo_palette(image: Image.Image, *, colours: int = _PHOTO_COLOURS) -> Image.Image:
    """A palette chosen from what is in a picture."""
    return image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def in_palette(image: Image.Image, palette: Image.Image) -> Image.Image:
    """The same picture in the colours of a palette."""
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def as_png(image: Image.Image) -> bytes:
    """The file. Nothing about when or by what it was made is in it."""
    written = BytesIO()
    image.save(written, "PNG", compress_level=_COMPRESSION)
    return written.getvalue()
