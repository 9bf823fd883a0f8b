"""A place on the map, as people copy it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.merchants.errors import PositionMalformed
from cardamom.merchants.positions import Position, as_typed, checked_position, parse_position

RIYADH = Position(24.7136, 46.6753)
SAO_PAULO = Position(-23.5505, -46.6333)

#: What is pasted, and where it is.
COPIED = [
    ("24.7136, 46.6753", RIYADH),
    ("24.7136,46.6753", RIYADH),
    ("  24.7136   46.6753 ", RIYADH),
    ("(24.7136, 46.6753)", RIYADH),
    ("24.7136; 46.6753", RIYADH),
    ("24,7136; 46,6753", RIYADH),
    ("24,7136 46,6753", RIYADH),
    ("٢٤٫٧١٣٦، ٤٦٫٦٧٥٣", RIYADH),
    ("٢٤.٧١٣٦, ٤٦.٦٧٥٣", RIYADH),
    ("۲۴٫۷۱۳۶، ۴۶٫۶۷۵۳", RIYADH),
    ("\u200f24.7136\u200e, \u206846.6753\u2069", RIYADH),
    ("-23.5505, -46.6333", SAO_PAULO),
    ("\u221223.5505, \u221246.6333", SAO_PAULO),
    ("24.7136° N, 46.6753° E", RIYADH),
    ("24.7136N 46.6753E", RIYADH),
    ("23.5505° S, 46.6333° W", SAO_PAULO),
    ("46.6753° E, 24.7136° N", RIYADH),
    ("24°42'48.96\"N 46°40'31.08\"E", RIYADH),
    ("24° 42′ 48.96″ N 46° 40′ 31.08″ E", RIYADH),
    ("24°42.816'N 46°40.518'E", RIYADH),
    ("0, 0", Position(0, 0)),
    ("-0.0, 180", Position(0, 180)),
    ("90, -180", Position(90, -180)),
    ("24.71360000000001, 46.6753", RIYADH),
    ("geo:24.7136,46.6753", RIYADH),
    ("geo:24.7136,46.6753?z=15", RIYADH),
    ("https://www.google.com/maps/@24.7136,46.6753,15z", RIYADH),
    ("https://www.google.com/maps?q=24.7136,46.6753", RIYADH),
    ("https://maps.google.com/?q=loc:24.7136,46.6753", RIYADH),
    ("https://www.google.com/maps/search/?api=1&query=24.7136%2C46.6753", RIYADH),
    ("https://www.google.com/maps/dir/?api=1&destination=24.7136,46.6753", RIYADH),
    # The middle of the screen and the place itself: the place it is.
    (
        "https://www.google.com/maps/place/%D9%85%D9%82%D9%87%D9%89/@24.70,46.60,17z/data=!3m1!4b1!4m6!3m5!1s0x3e2f"
        ":0x1!8m2!3d24.7136!4d46.6753!16s%2Fg%2F11",
        RIYADH,
    ),
    ("https://www.google.com/maps/place/24%C2%B0/@-23.5505,-46.6333,17z", SAO_PAULO),
    ("https://maps.apple.com/?ll=24.7136,46.6753&q=Caf%C3%A9", RIYADH),
    ("https://maps.apple.com/place?coordinate=24.7136%2C46.6753&name=Shop", RIYADH),
    ("https://www.openstreetmap.org/?mlat=24.7136&mlon=46.6753#map=17/24.70/46.60", RIYADH),
    ("https://www.openstreetmap.org/#map=17/24.7136/46.6753", RIYADH),
    ("https://waze.com/ul?ll=24.7136%2C46.6753&navigate=yes", RIYADH),
    ("https://www.bing.com/maps?cp=24.7136~46.6753&lvl=16", RIYADH),
    ("https://yandex.com/maps/?ll=46.6753%2C24.7136&z=16", RIYADH),
    ("https://share.here.com/l/24.7136,46.6753", RIYADH),
    ("https://balad.ir/location?latitude=24.7136&longitude=46.6753", RIYADH),
    ("https://neshan.org/maps/@24.7136,46.6753,15z,0p", RIYADH),
]

#: What is no place, and what is said about it.
WRONG = [
    ("", "text"),
    ("here", "text"),
    ("24.7136", "text"),
    ("24.7136, 46.6753, 12", "text"),
    ("24.7136° N, 46.6753° N", "text"),
    ("24.7136° N", "text"),
    ("12 King Fahd Road, 46", "text"),
    ("1e1, 2e1", "text"),
    ("nan, inf", "text"),
    ("4" * 5_000, "text"),
    ("90.1, 0", "range"),
    ("0, -180.5", "range"),
    ("200, 300", "range"),
    ("https://maps.app.goo.gl/AbCdEf", "link"),
    ("https://example.com/?q=coffee", "link"),
    ("https://[::1/?q=1,2", "link"),
    ("https://www.google.com/maps?q=120,46", "range"),
    ("geo:", "link"),
]


@pytest.mark.parametrize(("text", "position"), COPIED)
def test_what_people_copy_is_read(text: str, position: Position) -> None:
    assert parse_position(text) == position


@pytest.mark.parametrize(("text", "why"), WRONG)
def test_what_is_no_place_is_refused_with_what_to_do(text: str, why: str) -> None:
    with pytest.raises(PositionMalformed) as refused:
        parse_position(text)
    assert refused.value.facts == {"why": why}
    assert refused.value.sentence()


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_what_is_shown_in_the_form_is_read_back(latitude: float, longitude: float) -> None:
    position = checked_position(latitude, longitude)
    assert parse_position(as_typed(position.latitude, position.longitude)) == position


@given(st.text(max_size=60))
def test_nothing_that_is_pasted_is_our_fault(text: str) -> None:
    for pasted in (text, f"https://maps.example/{text}", f"geo:{text}"):
        try:
            parse_position(pasted)
        except PositionMalformed:
            continue


def test_no_position_is_an_empty_field() -> None:
    assert as_typed(None, None) == ""
    assert as_typed(24.7136, -46.0) == "24.7136, -46"
