"""The drawing of a stamp card."""

import re
from typing import get_args
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.cards.art import HEIGHT, WIDTH, CardArt, Milestone, Pattern, card_colours, spots, stamp_card_svg
from cardamom.cards.stamp_icons import ICON_LABELS, STAMP_ICONS
from cardamom.kit.colour import SHAPE_CONTRAST, TEXT_CONTRAST, contrast
from cardamom.programs import schemas

SVG = "{http://www.w3.org/2000/svg}"
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def a_card(**changes):
    card = CardArt(
        label="7 of 10 stamps, next reward: coffee",
        shop_name="مقهى زهرة الهيل",
        program_name="بطاقة القهوة",
        goal=10,
        balance=7,
        direction="rtl",
        numbering="arab",
    )
    return msgspec.structs.replace(card, **changes)


def drawn(card):
    return ET.fromstring(stamp_card_svg(card))


def texts(card):
    return [element.text for element in drawn(card).iter(f"{SVG}text")]


def test_stamps_fill_from_the_right_in_a_right_to_left_card():
    assert [(spot.x, spot.y) for spot in spots(10, direction="rtl")] == [
        *((547.1, 201.1), (433.5, 201.1), (320.0, 201.1), (206.5, 201.1), (92.9, 201.1)),
        *((547.1, 314.7), (433.5, 314.7), (320.0, 314.7), (206.5, 314.7), (92.9, 314.7)),
    ]


def test_the_pressed_stamps_of_a_right_to_left_card_stand_on_the_right():
    moved = re.findall(r"translate\(([\d.]+) ([\d.]+)\) rotate", stamp_card_svg(a_card(balance=3)))
    assert moved == [("547.1", "201.1"), ("433.5", "201.1"), ("320", "201.1")]


def test_stamps_fill_from_the_left_in_a_left_to_right_card():
    assert [spot.x for spot in spots(10, direction="ltr")] == [
        round(WIDTH - spot.x, 1) for spot in spots(10, direction="rtl")
    ]


@pytest.mark.parametrize(
    ("goal", "rows"),
    [
        (3, [3]),
        (5, [5]),
        (6, [3, 3]),
        (8, [4, 4]),
        (10, [5, 5]),
        (12, [6, 6]),
        (15, [5, 5, 5]),
        (20, [7, 7, 6]),
    ],
)
def test_rows_are_full_where_that_costs_little(goal, rows):
    heights = [spot.y for spot in spots(goal, direction="ltr")]
    assert [heights.count(height) for height in sorted(set(heights))] == rows


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("goal", [*range(1, 31), 50, 100])
def test_stamps_keep_apart_and_inside_the_card(goal, direction):
    places = spots(goal, direction=direction)
    assert len(places) == goal
    for place in places:
        assert place.radius <= place.x <= WIDTH - place.radius
        assert place.radius + 130 <= place.y <= HEIGHT - place.radius
    for index, one in enumerate(places):
        for other in places[index + 1 :]:
            distance = ((one.x - other.x) ** 2 + (one.y - other.y) ** 2) ** 0.5
            assert distance > one.radius + other.radius


@given(
    name=st.text(max_size=80),
    goal=st.integers(1, 30),
    background=colours,
    ink=colours,
    accent=colours,
    pattern=st.sampled_from(get_args(Pattern)),
    direction=st.sampled_from(["ltr", "rtl"]),
)
def test_every_card_is_well_formed(name, goal, background, ink, accent, pattern, direction):
    card = a_card(
        label=name,
        shop_name=name,
        goal=goal,
        balance=goal // 2,
        background=background,
        ink=ink,
        accent=accent,
        pattern=pattern,
        direction=direction,
    )
    assert drawn(card).tag == f"{SVG}svg"


@given(background=colours, ink=colours, accent=colours)
def test_whatever_the_shop_chose_can_be_read(background, ink, accent):
    chosen = card_colours(a_card(background=background, ink=ink, accent=accent))
    assert contrast(chosen.ink, background) >= TEXT_CONTRAST
    assert contrast(chosen.soft, background) >= TEXT_CONTRAST
    assert contrast(chosen.stamp, background) >= SHAPE_CONTRAST
    assert contrast(chosen.on_stamp, chosen.stamp) >= SHAPE_CONTRAST


def test_the_picture_says_in_words_what_it_shows():
    root = drawn(a_card())
    assert root.get("role") == "img"
    assert root.get("aria-label") == "7 of 10 stamps, next reward: coffee"


def test_open_places_are_numbered_in_the_digits_of_the_shop():
    assert texts(a_card()) == ["مقهى زهرة الهيل", "بطاقة القهوة", "٨", "٩"]
    assert texts(a_card(numbering="latn"))[2:] == ["8", "9"]
    assert texts(a_card(numbering="arabext", balance=0, goal=5))[2:] == ["۱", "۲", "۳", "۴"]


def test_the_newest_stamp_can_be_found_by_the_page():
    assert len(drawn(a_card()).findall(".//*[@class='stamp-newest']")) == 1
    assert drawn(a_card(balance=0)).findall(".//*[@class='stamp-newest']") == []


def test_milestones_and_the_goal_show_what_waits_there():
    picture = stamp_card_svg(a_card(balance=0, milestones=(Milestone(5, "croissant"),)))
    assert picture.count(STAMP_ICONS["croissant"]) == 1
    assert picture.count(STAMP_ICONS["gift"]) == 1


def test_a_name_stands_in_its_own_direction_at_the_start_of_the_card():
    latin, persian = drawn(a_card(shop_name="Blossom", program_name="کارت")).findall(f".//{SVG}text")[:2]
    assert (latin.get("direction"), latin.get("text-anchor")) == ("ltr", "end")
    assert (persian.get("direction"), persian.get("text-anchor")) == ("rtl", "start")
    assert latin.get("x") == persian.get("x") == "596"


def test_a_name_cannot_end_its_element():
    card = a_card(shop_name='"><script>alert(1)</script>', label='a " and a <')
    assert '"><script>' not in texts(card)[0] or "script" not in {
        element.tag for element in drawn(card).iter()
    }
    assert drawn(card).get("aria-label") == 'a " and a <'


def test_nothing_is_styled_or_fetched_from_elsewhere():
    picture = stamp_card_svg(a_card(logo="data:image/png;base64,AAAA", pattern="dots"))
    assert "style=" not in picture
    assert "http" not in picture.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_a_logo_elsewhere_is_refused():
    with pytest.raises(ValueError, match="data:"):
        a_card(logo="https://example.com/logo.png")


def test_more_stamps_than_places_are_refused():
    with pytest.raises(ValueError, match="places"):
        a_card(balance=11)


def test_the_same_card_is_the_same_picture():
    assert stamp_card_svg(a_card()) == stamp_card_svg(a_card())


def test_every_icon_and_pattern_of_a_design_can_be_drawn():
    assert set(get_args(schemas.Icon)) <= set(STAMP_ICONS)
    assert set(get_args(schemas.Pattern)) == set(get_args(Pattern))
    assert list(ICON_LABELS) == list(STAMP_ICONS)


def test_an_icon_we_do_not_have_is_drawn_as_a_tick():
    assert STAMP_ICONS["check"] in stamp_card_svg(a_card(icon="unicorn"))


@pytest.mark.parametrize(
    "picture", ["https://example.org/a.png", "//example.org/a.png", "/app/logo.png", "a.png"]
)
def test_a_picture_from_elsewhere_is_refused(picture: str) -> None:
    with pytest.raises(ValueError, match="data: URL"):
        a_card(logo=picture)
    with pytest.raises(ValueError, match="data: URL"):
        a_card(stamp=picture)


def test_an_own_stamp_takes_the_place_of_the_icon_and_never_of_the_gift() -> None:
    own = "/art/pictures/0123456789abcdef0123456789abcdef-round.png"
    picture = stamp_card_svg(a_card(goal=6, balance=6, stamp=own, milestones=(Milestone(3),)))
    assert picture.count(own) == 4
    assert picture.count(STAMP_ICONS["gift"]) == 2
    assert STAMP_ICONS["cup"] not in picture
