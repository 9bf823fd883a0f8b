"""Colours that merchants choose stay theirs, and can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.kit.colour import (
    SHAPE_CONTRAST,
    TEXT_CONTRAST,
    ColourMalformed,
    contrast,
    correct,
    mix,
    parse_colour,
    readable_on,
    relative_luminance,
)

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("#1F5B38", "#1f5b38"), ("1f5b38", "#1f5b38"), ("#abc", "#aabbcc"), ("  #FFFFFF ", "#ffffff")],
)
def test_a_colour_is_stored_in_one_form(typed, stored):
    assert parse_colour(typed) == stored


@pytest.mark.parametrize("typed", ["", "#12", "#12345g", "red", "rgb(1, 2, 3)", "#1f5b38;color:red"])
def test_what_is_not_a_colour_is_refused(typed):
    with pytest.raises(ColourMalformed):
        parse_colour(typed)


def test_black_and_white_are_the_ends_of_the_scale():
    assert relative_luminance("#000000") == 0
    assert relative_luminance("#ffffff") == pytest.approx(1)
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


def test_the_contrast_of_a_known_pair_is_the_published_one():
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@given(colours)
def test_something_can_be_read_on_every_ground(background):
    assert contrast(readable_on(background), background) >= TEXT_CONTRAST


@given(colours, colours, st.sampled_from([TEXT_CONTRAST, SHAPE_CONTRAST]))
def test_a_corrected_colour_reaches_its_contrast(colour, background, ratio):
    assert contrast(correct(colour, on=background, ratio=ratio), background) >= ratio


@given(colours, colours)
def test_a_colour_that_can_be_read_is_left_alone(colour, background):
    if contrast(colour, background) >= TEXT_CONTRAST:
        assert correct(colour, on=background) == colour


def test_a_correction_is_no_larger_than_it_must_be():
    corrected = correct("#ff9900", on="#ffffff")
    assert contrast(corrected, "#ffffff") < TEXT_CONTRAST + 0.2


def test_a_mixture_lies_between_its_parts():
    assert mix("#000000", "#ffffff", share=1) == "#000000"
    assert mix("#000000", "#ffffff", share=0) == "#ffffff"
    assert mix("#ff0000", "#0000ff", share=0.5) == "#800080"
