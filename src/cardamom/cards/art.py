"""The stamp card as a picture: one SVG that stands alone in a page, in a social preview and behind a wallet's pass.

Pure: the same `CardArt` is always the same text. Nothing in it refers to anything outside, and nothing is styled but
by presentation attributes. Stamps fill from the side where reading begins. A shop may choose any colours: those that
could not be read are corrected.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

import msgspec

from cardamom.cards.lettering import Direction, Fitted, fit
from cardamom.cards.stamp_icons import STAMP_ICONS
from cardamom.cards.stamp_places import Field, Spot, inked_edge, spots_in, turn_of
from cardamom.kit.colour import SHAPE_CONTRAST, correct, mix
from cardamom.kit.digits import Numbering, to_script

#: The drawing's own units; the proportions of a bank card.
WIDTH = 640
HEIGHT = 404

Pattern = Literal["plain", "emblem", "dots", "rays"]

#: Where uploaded pictures are.
OWN_PICTURES = "/art/pictures/"

_MARGIN = 44.0
_CORNER = 28
_HEADER_TOP = 38.0
_LOGO = 76.0
_LOGO_GAP = 18.0
_GRID_TOP = 144.0
_GRID_BOTTOM = HEIGHT - 36.0
_LARGEST_STAMP = 124.0
#: The radius below which a number could not be read on a phone.
_SMALLEST_NUMBERED = 22.0
_FIELD = Field(
    width=WIDTH,
    left=_MARGIN,
    top=_GRID_TOP,
    right=WIDTH - _MARGIN,
    bottom=_GRID_BOTTOM,
    largest=_LARGEST_STAMP,
    settled=0.65,
)
_NAME_SIZES = (38.0, 34.0, 30.0)
_LONG_NAME_SIZE = 27.0
_PROGRAM_SIZES = (23.0, 20.0)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FONTS = "Inter, Vazirmatn, Heebo, system-ui, sans-serif"


class Milestone(msgspec.Struct, frozen=True):
    """A goal on the way."""

    at: int
    icon: str = "gift"


class Colours(msgspec.Struct, frozen=True):
    """What is drawn, after correction. `soft` is text too, and as readable."""

    background: str
    ink: str
    soft: str
    stamp: str
    on_stamp: str
    hairline: str


class CardArt(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a card shows.

    label: the sentence for those who do not see it ("5 of 10 stamps, next reward: coffee").
    background, ink, accent: "#rrggbb" as the shop chose them; accent is the colour of the stamps.
    logo, stamp: pictures, as a data: URL or a path on this server; anything else would be a request to somewhere.
    stamp: a round one that takes the place of the icon.
    """

    label: str
    shop_name: str
    program_name: str
    goal: int
    balance: int
    milestones: tuple[Milestone, ...] = ()
    icon: str = "cup"
    background: str = "#fffdf8"
    ink: str = "#16211b"
    accent: str = "#1f5b38"
    direction: Direction = "ltr"
    numbering: Numbering = "latn"
    logo: str | None = None
    stamp: str | None = None
    pattern: Pattern = "plain"

    def __post_init__(self) -> None:
        if self.goal < 1 or not 0 <= self.balance <= self.goal:
            raise ValueError("a card has at least one place, and no more stamps than places")
        for picture in (self.logo, self.stamp):
            if picture is not None and not picture.startswith(("data:image/", OWN_PICTURES)):
                raise ValueError("a picture in the picture must be a data: URL or a path on this server")


def stamp_card_svg(view: CardArt) -> str:
    """The card as an accessible inline SVG element."""
    name = "card-" + hashlib.sha256(msgspec.json.encode(view)).hexdigest()[:10]
    colours = card_colours(view)
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="stamp-card-art" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label={quoteattr(_printable(view.label))} '
            f'direction="{view.direction}" font-family="{_FONTS}">',
            f'<clipPath id="{name}"><rect width="{WIDTH}" height="{HEIGHT}" rx="{_CORNER}"/></clipPath>',
            f'<g clip-path="url(#{name})">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{colours.background}"/>',
            *_pattern(view, colours),
            *_header(view, colours, name),
            *_stamps(view, colours),
            f'<rect x=".75" y=".75" width="{WIDTH - 1.5}" height="{HEIGHT - 1.5}" rx="{_CORNER - 0.75}" '
            f'fill="none" stroke="{colours.ink}" stroke-opacity=".14" stroke-width="1.5"/>',
            "</g></svg>",
        )
    )


def card_colours(view: CardArt) -> Colours:
    """The shop's colours as they are drawn."""
    return readable_colours(background=view.background, ink=view.ink, accent=view.accent)


def readable_colours(*, background: str, ink: str, accent: str) -> Colours:
    """The shop's colours, changed as little as it takes to be readable on its own background."""
    ink = correct(ink, on=background)
    stamp = correct(accent, on=background, ratio=SHAPE_CONTRAST)
    return Colours(
        background=background,
        ink=ink,
        soft=correct(mix(ink, background, share=0.68), on=background),
        stamp=stamp,
        on_stamp=correct(background, on=stamp, ratio=SHAPE_CONTRAST),
        hairline=mix(ink, background, share=0.32),
    )


def spots(goal: int, *, direction: Direction) -> list[Spot]:
    """The places of all stamps, in the order in which they are filled."""
    return spots_in(_FIELD, goal, direction=direction)


def _header(view: CardArt, colours: Colours, name: str) -> Iterator[str]:
    """Logo, the shop's name and below it the program's; a long name takes two lines."""
    inset = _MARGIN
    if view.logo is not None:
        x = _MARGIN if view.direction == "ltr" else WIDTH - _MARGIN - _LOGO
        yield (
            f'<clipPath id="{name}-logo"><rect x="{x:g}" y="{_HEADER_TOP:g}" width="{_LOGO:g}" height="{_LOGO:g}" '
            f'rx="16"/></clipPath><image href={quoteattr(view.logo)} x="{x:g}" y="{_HEADER_TOP:g}" width="{_LOGO:g}" '
            f'height="{_LOGO:g}" preserveAspectRatio="xMidYMid meet" clip-path="url(#{name}-logo)"/>'
        )
        inset += _LOGO + _LOGO_GAP
    room = WIDTH - inset - _MARGIN
    shop = fit(view.shop_name, room=room, sizes=_NAME_SIZES, direction=view.direction)
    if shop.size == _NAME_SIZES[-1]:
        shop = fit(
            view.shop_name,
            room=room,
            sizes=(*_NAME_SIZES, _LONG_NAME_SIZE),
            direction=view.direction,
            max_lines=2,
        )
    program = fit(view.program_name, room=room, sizes=_PROGRAM_SIZES, direction=view.direction)
    height = shop.size * 1.22 * len(shop.lines) + program.size * 1.3
    top = _HEADER_TOP + (_LOGO - height) / 2
    yield from _text(view, shop, inset=inset, top=top, leading=1.22, fill=colours.ink, weight=700)
    top += shop.size * 1.22 * len(shop.lines)
    yield from _text(view, program, inset=inset, top=top, leading=1.3, fill=colours.soft, weight=500)


def _text(
    view: CardArt, fitted: Fitted, *, inset: float, top: float, leading: float, fill: str, weight: int
) -> Iterator[str]:
    """Lines at the start of the card, each in the direction of its own letters."""
    x = inset if view.direction == "ltr" else WIDTH - inset
    for number, line in enumerate(fitted.lines):
        baseline = top + fitted.size * (leading * number + 0.94)
        anchor = "start" if line.direction == view.direction else "end"
        yield (
            f'<text x="{x:g}" y="{baseline:.1f}" direction="{line.direction}" text-anchor="{anchor}" '
            f'font-size="{fitted.size:g}" font-weight="{weight}" fill="{fill}">{escape(_printable(line.text))}</text>'
        )


def _printable(text: str) -> str:
    """Without the characters that XML cannot hold, not even escaped (XML 1.0, 2.2)."""
    return _NOT_XML.sub("", text)


def _stamps(view: CardArt, colours: Colours) -> Iterator[str]:
    icons = {milestone.at: milestone.icon for milestone in view.milestones}
    icons.setdefault(view.goal, "gift")
    for spot in spots(view.goal, direction=view.direction):
        reward = icons.get(spot.number)
        if spot.number <= view.balance and reward is None and view.stamp is not None:
            newest = ' class="stamp-newest"' if spot.number == view.balance else ""
            yield f"<g{newest}>{_own(spot, view.stamp, colours)}</g>"
        elif spot.number <= view.balance:
            newest = ' class="stamp-newest"' if spot.number == view.balance else ""
            yield f"<g{newest}>{_pressed(spot, _icon(reward or view.icon), colours)}</g>"
        elif reward is not None:
            yield _promised(spot, _icon(reward), colours)
        else:
            yield _empty(spot, to_script(str(spot.number), view.numbering), colours)


def _pressed(spot: Spot, picture: str, colours: Colours) -> str:
    """A stamp by hand: turned a little, its edge not quite round, the same every time for the same place."""
    turn = turn_of(spot.number)
    size = spot.radius * 1.02
    return (
        f'<g transform="translate({spot.x:g} {spot.y:g}) rotate({turn})">'
        f'<path d="{_edge(spot.radius, phase=turn)}" fill="{colours.stamp}"/>'
        f'<circle r="{spot.radius * 0.86:.1f}" fill="none" stroke="{colours.on_stamp}" stroke-opacity=".45" '
        f'stroke-width="{max(1.2, spot.radius * 0.032):.1f}"/>'
        f"{_drawn(picture, size, colours.on_stamp)}</g>"
    )


def _own(spot: Spot, picture: str, colours: Colours) -> str:
    """The shop's own stamp, with a rim of ink."""
    turn, side = turn_of(spot.number), spot.radius * 0.88
    return (
        f'<g transform="translate({spot.x:g} {spot.y:g}) rotate({turn})">'
        f'<path d="{_edge(spot.radius, phase=turn)}" fill="{colours.stamp}"/>'
        f'<image href={quoteattr(picture)} x="{-side:.1f}" y="{-side:.1f}" width="{2 * side:.1f}" '
        f'height="{2 * side:.1f}"/></g>'
    )


def _promised(spot: Spot, picture: str, colours: Colours) -> str:
    """A place where something will be given."""
    return (
        f'<circle cx="{spot.x:g}" cy="{spot.y:g}" r="{spot.radius - 1.25:.1f}" fill="{colours.stamp}" '
        f'fill-opacity=".12" stroke="{colours.stamp}" stroke-width="2.5"/>'
        f'<g transform="translate({spot.x:g} {spot.y:g})">{_drawn(picture, spot.radius * 0.92, colours.stamp)}</g>'
    )


def _empty(spot: Spot, number: str, colours: Colours) -> str:
    ring = (
        f'<circle cx="{spot.x:g}" cy="{spot.y:g}" r="{spot.radius - 0.75:.1f}" fill="none" '
        f'stroke="{colours.hairline}" stroke-width="1.5"/>'
    )
    if spot.radius < _SMALLEST_NUMBERED:
        return ring
    size = min(max(spot.radius * 0.56, 25.0), spot.radius * 0.76)
    return (
        f'{ring}<text x="{spot.x:g}" y="{spot.y + size * 0.36:.1f}" text-anchor="middle" font-size="{size:.1f}" '
        f'font-weight="500" fill="{colours.soft}">{number}</text>'
    )


def _drawn(picture: str, size: float, stroke: str) -> str:
    """An outline of 24 units, made `size` wide around the origin."""
    scale = size / 24
    return (
        f'<g transform="scale({scale:.3f}) translate(-12 -12)" fill="none" stroke="{stroke}" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round">{picture}</g>'
    )


def _icon(name: str) -> str:
    """An icon's outline; a design that names one we do not have (an import) gets a tick."""
    return STAMP_ICONS.get(name, STAMP_ICONS["check"])


def _edge(radius: float, *, phase: float) -> str:
    """The inked edge as one path."""
    points = inked_edge(radius, phase=phase)
    middles = [
        ((x + next_x) / 2, (y + next_y) / 2)
        for (x, y), (next_x, next_y) in zip(points, [*points[1:], points[0]], strict=True)
    ]
    curves = "".join(
        f"Q{x:.1f} {y:.1f} {to_x:.1f} {to_y:.1f}"
        for (x, y), (to_x, to_y) in zip([*points[1:], points[0]], [*middles[1:], middles[0]], strict=True)
    )
    return f"M{middles[0][0]:.1f} {middles[0][1]:.1f}{curves}Z"


def _pattern(view: CardArt, colours: Colours) -> Iterator[str]:
    """What the paper is printed with, faint enough to read on."""
    end = WIDTH - 96 if view.direction == "ltr" else 96
    match view.pattern:
        case "emblem":
            yield (
                f'<g transform="translate({end} 84) rotate(-14)" opacity=".08">'
                f"{_drawn(_icon(view.icon), 250, colours.ink)}</g>"
            )
        case "dots":
            yield f'<g fill="{colours.ink}" opacity=".07">'
            for row in range(9):
                for column in range(14):
                    shift = 23 * (row % 2)
                    yield f'<circle cx="{column * 46 + shift + 10}" cy="{row * 46 + 16}" r="2.5"/>'
            yield "</g>"
        case "rays":
            yield f'<g fill="none" stroke="{colours.ink}" stroke-width="2" opacity=".07">'
            for ring in range(1, 9):
                yield f'<circle cx="{end + (96 if view.direction == "ltr" else -96)}" cy="0" r="{ring * 64}"/>'
            yield "</g>"
        case "plain":
            pass
