"""What a picture is made of, and the name that follows from it.

A description leaves out how many stamps there are: that stands in the address, so that a design has one hash and as
many pictures as it has states. Pure. Fields are only ever added, with the old look as their default: descriptions
that were kept are read for ever.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from cardamom.kit.digits import Numbering
from cardamom.kit.languages import Direction
from cardamom.programs.rules import Rules
from cardamom.programs.schemas import Design, Pattern

#: Rises when pictures look different from then on: new addresses, so that no cache shows the old look.
RENDERER: Final = 1

#: Hexadecimal digits of a drawing's hash. 128 bits: nobody makes two descriptions with the same one.
HASH_LENGTH: Final = 32

Kind = Literal[
    "strip",
    "hero",
    "background",
    "icon",
    "logo",
    "primary-logo",
    "emblem",
    "wide-logo",
    "gift-strip",
    "gift-hero",
    "preview",
]


class Inks(msgspec.Struct, frozen=True, kw_only=True):
    """The shop's colours as it chose them, each "#rrggbb"."""

    background: str
    ink: str
    accent: str


class Stamps(msgspec.Struct, frozen=True, kw_only=True, tag="stamps"):
    """Places with stamps in them. milestones: where else something is given than at the goal.

    stamp, cover: hashes of uploaded pictures, as in `programs.schemas.Design`.
    """

    inks: Inks
    goal: int
    milestones: tuple[int, ...]
    icon: str
    pattern: Pattern
    direction: Direction
    numbering: Numbering
    stamp: str | None = None
    cover: str | None = None
    renderer: int = RENDERER


class Sign(msgspec.Struct, frozen=True, kw_only=True, tag="sign"):
    """What a shop is known by: its logo, or the stamp of its card while it has none."""

    inks: Inks
    icon: str
    logo: str | None = None
    stamp: str | None = None
    renderer: int = RENDERER


class Gift(msgspec.Struct, frozen=True, kw_only=True, tag="gift"):
    """What a voucher shows: the picture of its reward, or a gift in the colours of the card that it came from."""

    inks: Inks
    pattern: Pattern
    picture: str | None = None
    renderer: int = RENDERER


class Preview(msgspec.Struct, frozen=True, kw_only=True, tag="preview"):
    """What a link to a program shows elsewhere. shop, promise: in the language whose direction `stamps` has."""

    stamps: Stamps
    filled: int
    shop: str
    promise: str
    logo: str | None = None
    renderer: int = RENDERER


Drawing = Stamps | Sign | Gift | Preview


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of picture. width, height: in points; pixels are points times scale.

    Apple's sizes follow apple/pass-builder, Google's "Google Wallet brand guidelines" for loyalty cards.
    """

    of: type[Stamps | Sign | Gift | Preview]
    width: int
    height: int
    scales: tuple[int, ...] = (1,)
    is_counted: bool = False


_APPLE_SCALES = (1, 2, 3)

FORMATS: Final[Mapping[Kind, Format]] = {
    "strip": Format(of=Stamps, width=375, height=144, scales=_APPLE_SCALES, is_counted=True),
    "background": Format(of=Stamps, width=345, height=505, scales=_APPLE_SCALES, is_counted=True),
    "hero": Format(of=Stamps, width=1032, height=336, is_counted=True),
    "icon": Format(of=Sign, width=38, height=38, scales=_APPLE_SCALES),
    "logo": Format(of=Sign, width=160, height=50, scales=_APPLE_SCALES),
    "primary-logo": Format(of=Sign, width=126, height=30, scales=_APPLE_SCALES),
    "emblem": Format(of=Sign, width=660, height=660),
    "wide-logo": Format(of=Sign, width=1280, height=400),
    "gift-strip": Format(of=Gift, width=375, height=144, scales=_APPLE_SCALES),
    "gift-hero": Format(of=Gift, width=1032, height=336),
    "preview": Format(of=Preview, width=1200, height=630),
}

_NAME: Final = re.compile(r"([a-z]+(?:-[a-z]+)?)(?:-(0|[1-9][0-9]{0,2}))?(?:@([23])x)?\.png")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One picture of a drawing. balance: how many stamps, 0 where nothing is counted."""

    kind: Kind
    balance: int = 0
    scale: int = 1

    @property
    def format(self) -> Format:
        return FORMATS[self.kind]

    @property
    def size(self) -> tuple[int, int]:
        """In pixels."""
        return self.format.width * self.scale, self.format.height * self.scale

    @property
    def file_name(self) -> str:
        """The last part of the address."""
        count = f"-{self.balance}" if self.format.is_counted else ""
        return f"{self.kind}{count}{_density(self.scale)}.png"


def _density(scale: int) -> str:
    return "" if scale == 1 else f"@{scale}x"


def read_order(file_name: str) -> Order | None:
    """The picture that the last part of an address asks for; None for what no address of ours says."""
    match = _NAME.fullmatch(file_name)
    if match is None:
        return None
    kind, count, scale = match[1], match[2], int(match[3] or 1)
    known = next((name for name in FORMATS if name == kind), None)
    if known is None:
        return None
    found = FORMATS[known]
    if scale not in found.scales or (count is not None) != found.is_counted:
        return None
    return Order(kind=known, balance=int(count or 0), scale=scale)


def is_possible(drawing: Drawing, order: Order) -> bool:
    """Whether there is such a picture of this drawing."""
    if not isinstance(drawing, order.format.of):
        return False
    return not isinstance(drawing, Stamps) or order.balance <= drawing.goal


def hash_of(drawing: Drawing) -> str:
    """The name of a drawing: the same for the same description, wherever and whenever it is made."""
    return hashlib.sha256(msgspec.json.encode(drawing, order="deterministic")).hexdigest()[:HASH_LENGTH]


def path_of(drawing: Drawing, order: Order) -> str:
    """The path of a picture on this server."""
    return f"/art/{hash_of(drawing)}/{order.file_name}"


def pictures_in(drawing: Drawing) -> tuple[str, ...]:
    """The hashes of the uploaded pictures that it takes to draw this."""
    match drawing:
        case Stamps():
            named: tuple[str | None, ...] = (drawing.stamp, drawing.cover)
        case Sign():
            named = (drawing.logo, drawing.stamp)
        case Gift():
            named = (drawing.picture,)
        case Preview():
            named = (drawing.logo, *pictures_in(drawing.stamps))
    return tuple(name for name in named if name is not None)


def stamps_of(design: Design, rules: Rules, *, direction: Direction, numbering: Numbering) -> Stamps:
    """The stamps of a card under its rules. Languages with the same direction and digits share them."""
    return Stamps(
        inks=inks_of(design),
        goal=rules.goal,
        milestones=tuple(goal.at for goal in rules.milestones),
        icon=design.icon,
        pattern=design.pattern,
        direction=direction,
        numbering=numbering,
        stamp=design.stamp,
        cover=design.cover,
    )


def sign_of(design: Design) -> Sign:
    """What stands for the shop on this design."""
    return Sign(inks=inks_of(design), icon=design.icon, logo=design.logo, stamp=design.stamp)


def gift_of(design: Design, *, picture: str | None) -> Gift:
    """What a voucher of a card in this design shows. picture: of its reward."""
    return Gift(inks=inks_of(design), pattern=design.pattern, picture=picture)


def inks_of(design: Design) -> Inks:
    """The colours of a design."""
    colours = design.colours
    return Inks(background=colours.background, ink=colours.ink, accent=colours.accent)
