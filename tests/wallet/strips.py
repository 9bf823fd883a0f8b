"""Drawings to test with, and what can be seen in a picture without knowing its bytes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import msgspec
from PIL import Image

from cardamom.kit.pictures import press_picture
from cardamom.wallet.art.drawing import Drawing, Inks, Order, Stamps
from cardamom.wallet.art.pictures import Uploads
from cardamom.wallet.art.studio import draw
from tests.kit.uploads import a_logo, a_photo, saved

DARK = Inks(background="#16382a", ink="#fffdf8", accent="#f2b84b")
LIGHT = Inks(background="#fffdf8", ink="#16211b", accent="#1f5b38")
#: Nearly the same for both: what is drawn has to be corrected.
PALE = Inks(background="#f4f1e8", ink="#eeeae0", accent="#f0ecd8")
NOTHING = Uploads({})

TEN = Stamps(
    inks=DARK,
    goal=10,
    milestones=(5,),
    icon="cup",
    pattern="plain",
    direction="ltr",
    numbering="latn",
)


def stamps(base: Stamps = TEN, **changes: Any) -> Stamps:
    return msgspec.structs.replace(base, **changes)


def uploads() -> tuple[Uploads, str, str]:
    """(both pictures, the name of a logo without a ground, the name of a photograph)"""
    logo = press_picture(saved(a_logo(colour="#c03018"), "PNG"))
    photo = press_picture(saved(a_photo(1_200, 800), "JPEG"))
    return Uploads({logo.hash: logo.content, photo.hash: photo.content}), logo.hash, photo.hash


def seen(drawing: Drawing, order: Order, given: Uploads = NOTHING) -> Image.Image:
    """The picture as whoever fetches it opens it."""
    image = Image.open(BytesIO(draw(drawing, order, given)))
    image.load()
    return image


def channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def share_of(image: Image.Image, box: tuple[int, int, int, int], colour: str) -> float:
    """How much of a part of a picture has about this colour, 0 to 1."""
    part = image.convert("RGB").crop(box)
    wanted = channels(colour)
    found = sum(
        count
        for count, pixel in part.getcolors(maxcolors=part.width * part.height) or []
        if all(abs(one - other) <= 24 for one, other in zip(pixel, wanted, strict=True))  # type: ignore[arg-type]
    )
    return found / (part.width * part.height)
