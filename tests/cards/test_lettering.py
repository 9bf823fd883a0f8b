"""Words are made to fit before they are drawn."""

import pytest

from cardamom.cards.lettering import fit, graphemes, text_direction, width

LONG_NAMES = [
    "The Very Long Named Neighbourhood Bakery and Coffee House Ltd",
    "عبد الرحمن بن محمد بن عبد العزيز آل الشيخ الأنصاري الدمشقي",
    "سید محمدعلی موسوی بجنوردی خراسانی‌نژاد طباطبایی یزدی اصفهانی",
    "אברהם יהושע השל בן־מנחם רוזנצוויג־אבולעפיה מירושלים הבנויה",
    "Wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
]


@pytest.mark.parametrize("name", LONG_NAMES)
def test_a_name_of_sixty_characters_fits_on_two_lines(name):
    fitted = fit(name, room=552, sizes=(38, 30, 27), direction="ltr", max_lines=2)
    assert len(fitted.lines) <= 2
    assert all(width(line.text, size=fitted.size) <= 552 for line in fitted.lines)


def test_a_short_name_stands_on_one_line_at_the_largest_size():
    fitted = fit("Bean", room=552, sizes=(38, 30), direction="ltr")
    assert (fitted.size, [line.text for line in fitted.lines]) == (38, ["Bean"])


def test_what_is_cut_off_is_replaced_by_an_ellipsis():
    [line] = fit("Coffee " * 20, room=200, sizes=(20,), direction="ltr").lines
    assert line.text.endswith("…")
    assert not line.text.endswith(" …")


def test_an_emoji_is_never_split():
    family = "👨‍👩‍👧‍👦"
    [line] = fit(family * 30, room=300, sizes=(20,), direction="ltr").lines
    assert set(graphemes(line.text)) == {family, "…"}


def test_an_empty_name_is_an_empty_line():
    assert [line.text for line in fit("  ", room=100, sizes=(20,), direction="rtl").lines] == [""]


@pytest.mark.parametrize(
    ("text", "direction"),
    [("قهوة Latte 2+1", "rtl"), ("Latte قهوة", "ltr"), ("2+1 קפה", "rtl"), ("2+1", "rtl"), ("🌸", "rtl")],
)
def test_a_text_runs_as_its_first_letter_does(text, direction):
    assert text_direction(text, fallback="rtl") == direction
