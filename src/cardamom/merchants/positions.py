"""Where a location is on the earth, read from what people copy out of a map: a pair of numbers, or a link.

Pure and without network: a shortened link says nothing, and is refused with what to do. Degrees, WGS 84.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from cardamom.kit.digits import to_ascii
from cardamom.merchants.errors import PositionMalformed

#: Longer than any map's link, names of places in it included.
TEXT_LIMIT: Final = 2_000
#: Ten centimetres; wallets ask nobody to stand closer.
_DECIMALS: Final = 6

_NUMBER = r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,20})?"
#: Behind "@" and "geo:", between commas or tildes, and the path of a link that is nothing but a pair.
_PAIR = re.compile(rf"({_NUMBER})\s*[,;~/ ]\s*({_NUMBER})")
#: Google's links name the place itself so; "@" is only the middle of what the screen showed.
_PLACE = re.compile(rf"!3d({_NUMBER})!4d({_NUMBER})")
_SCREEN = re.compile(rf"@({_NUMBER}),({_NUMBER})")
#: The hash of OpenStreetMap: zoom, latitude, longitude.
_MAP = re.compile(rf"map=[0-9.]+/({_NUMBER})/({_NUMBER})")
#: Parameters that hold a pair, the place before the middle of the screen.
_PAIRS: Final = ("coordinate", "q", "query", "destination", "daddr", "ll", "sll", "center", "cp")
#: Parameters that hold one number each.
_SINGLES: Final = (("mlat", "mlon"), ("latitude", "longitude"), ("lat", "lng"), ("lat", "lon"))
#: Writes the longitude first.
_BACKWARDS: Final = ("yandex.",)

_DEGREES = re.compile(
    r"(?P<sign>[+-]?)(?P<degrees>[0-9]{1,3}(?:\.[0-9]+)?)\s*[°º]?\s*"
    r"(?:(?P<minutes>[0-9]{1,2}(?:\.[0-9]+)?)\s*['’′]\s*(?:(?P<seconds>[0-9]{1,2}(?:\.[0-9]+)?)\s*(?:[\"”″]|''))?\s*)?"
    r"(?P<half>[NSEW])",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SIGNS = str.maketrans({"−": "-", "،": ",", "؛": ";", "\u00a0": " "})
#: Where a comma is the decimal mark, something else stands between the numbers.
_DECIMAL_COMMAS = re.compile(r"([+-]?[0-9]{1,3}),([0-9]{1,20})\s*[; /]\s*([+-]?[0-9]{1,3}),([0-9]{1,20})")


class Position(msgspec.Struct, frozen=True):
    """A point on the earth, in degrees."""

    latitude: float
    longitude: float


class Placement(msgspec.Struct, frozen=True):
    """What becomes of a location's position; None takes it off the map."""

    position: Position | None


def checked_position(latitude: float, longitude: float) -> Position:
    """A position that exists. Raises PositionMalformed."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise PositionMalformed(why="range")
    # 0.0 is added so that there is no -0.0.
    return Position(round(latitude, _DECIMALS) + 0.0, round(longitude, _DECIMALS) + 0.0)


def parse_position(text: str) -> Position:
    """A position as it was copied from a map: "24.7136, 46.6753" in any script's digits, degrees and minutes, a link.

    Raises PositionMalformed, which says whether it was a link without a position.
    """
    tidy = " ".join(to_ascii(_MARKS.sub("", text[:TEXT_LIMIT].translate(_SIGNS))).split())
    is_link = "://" in tidy or tidy.lower().startswith("geo:")
    found = next(_in_link(tidy) if is_link else _in_words(tidy), None)
    if found is None:
        raise PositionMalformed(why="link" if is_link else "text")
    return checked_position(*found)


def as_typed(latitude: float | None, longitude: float | None) -> str:
    """As `parse_position` reads it, in ASCII digits; "" for none."""
    if latitude is None or longitude is None:
        return ""
    return ", ".join(
        f"{degrees:.{_DECIMALS}f}".rstrip("0").removesuffix(".") for degrees in (latitude, longitude)
    )


def _in_words(text: str) -> Iterator[tuple[float, float]]:
    if (commas := _DECIMAL_COMMAS.fullmatch(text)) is not None:
        yield float(f"{commas[1]}.{commas[2]}"), float(f"{commas[3]}.{commas[4]}")
    if (pair := _PAIR.fullmatch(text.strip("()[] "))) is not None:
        yield float(pair[1]), float(pair[2])
    yield from _in_degrees(text)


def _in_degrees(text: str) -> Iterator[tuple[float, float]]:
    """24°42'49.0"N 46°40'31.1"E, and 24.7136° N, 46.6753° E."""
    parts = {each["half"].upper(): _decimal(each) for each in _DEGREES.finditer(text)}
    rest = _DEGREES.sub("", text).strip(" ,;")
    latitudes = [parts[half] for half in "NS" if half in parts]
    longitudes = [parts[half] for half in "EW" if half in parts]
    if len(latitudes) == len(longitudes) == 1 and not rest:
        yield latitudes[0], longitudes[0]


def _decimal(part: re.Match[str]) -> float:
    minutes, seconds = float(part["minutes"] or 0), float(part["seconds"] or 0)
    size = float(part["degrees"]) + minutes / 60 + seconds / 3600
    is_negative = (part["half"].upper() in "SW") != (part["sign"] == "-")
    return -size if is_negative else size


def _in_link(text: str) -> Iterator[tuple[float, float]]:
    try:
        link = urlsplit(text)
        said = parse_qs(link.query, max_num_fields=100)
    except ValueError:  # a bracket or a field too many
        return
    path = unquote(link.path)
    if (place := _PLACE.search(unquote(text))) is not None:
        yield float(place[1]), float(place[2])
    for latitude, longitude in _SINGLES:
        numbers = [re.fullmatch(_NUMBER, said.get(name, [""])[0]) for name in (latitude, longitude)]
        if numbers[0] and numbers[1]:
            yield float(numbers[0][0]), float(numbers[1][0])
    for name in _PAIRS:
        for value in said.get(name, []):
            if (pair := _PAIR.fullmatch(value.removeprefix("loc:").strip())) is not None:
                first, second = float(pair[1]), float(pair[2])
                is_backwards = any(maker in link.netloc for maker in _BACKWARDS)
                yield (second, first) if is_backwards else (first, second)
    for pattern, where in ((_SCREEN, path), (_MAP, link.fragment), (_PAIR, path.rpartition("/")[2])):
        exact = pattern.fullmatch(where) if pattern is _PAIR else pattern.search(where)
        if exact is not None:
            yield float(exact[1]), float(exact[2])
