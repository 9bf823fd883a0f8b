"""Texts that a business writes once per language."""

import pytest

from cardamom.kit.localised import LocalisedMalformed, pick, validate_localised
from cardamom.kit.text import TextTooLong

COFFEE = {"en": "Coffee", "ar": "قهوة"}


@pytest.mark.parametrize(
    ("texts", "language", "fallback", "shown"),
    [
        (COFFEE, "ar", "en", "قهوة"),
        (COFFEE, "he", "en", "Coffee"),
        (COFFEE, "he", "ar", "قهوة"),
        (COFFEE, "ar-EG", "en", "قهوة"),
        (COFFEE, "he", "fa", "قهوة"),
        ({"he": "", "en": "Coffee"}, "he", "he", "Coffee"),
        ({}, "en", "en", ""),
    ],
)
def test_the_reader_gets_their_language_or_the_next_best(
    texts: dict[str, str], language: str, fallback: str, shown: str
):
    assert pick(texts, language, fallback=fallback) == shown


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"en": " Coffee  2+1 ", "fa": "می\u200cخواهم"}, {"en": "Coffee 2+1", "fa": "می\u200cخواهم"}),
        ({"en": "Coffee", "he": "  "}, {"en": "Coffee"}),
        ({"AR-eg": "قهوة"}, {"ar-EG": "قهوة"}),
        ({"fr": "Café", "pt-BR": "Café"}, {"fr": "Café", "pt-BR": "Café"}),
    ],
)
def test_texts_are_cleaned_and_empty_ones_left_out(given: dict[str, str], kept: dict[str, str]):
    assert validate_localised(given, limit=60) == kept


@pytest.mark.parametrize(
    "given", [{}, {"en": " "}, {"xx": "Coffee"}, {"": "Coffee"}, {"english": "Coffee"}, {"en\x00": "Coffee"}]
)
def test_no_text_or_no_language_is_refused(given: dict[str, str]):
    with pytest.raises(LocalisedMalformed) as refused:
        validate_localised(given, limit=60)
    assert refused.value.status == 422
    assert refused.value.sentence()


def test_the_refusal_names_the_language():
    with pytest.raises(LocalisedMalformed) as refused:
        validate_localised({"xx": "Coffee"}, limit=60)
    assert refused.value.sentence() == "\u2068xx\u2069 is not a language code."


def test_a_text_over_the_limit_is_refused():
    with pytest.raises(TextTooLong):
        validate_localised({"en": "a" * 61}, limit=60)


def test_hundreds_of_languages_are_refused():
    with pytest.raises(LocalisedMalformed):
        validate_localised({f"en-{number:03d}": "a" for number in range(900)}, limit=60)
