"""Which texts a wallet cuts, counted as people count, and what is left of them."""

import pytest

from cardamom.programs.wallet_limits import LIMITS, CutText, cut_texts

FAMILY = "👨‍👩‍👧‍👦"


def cuts(written: str, text: str, language: str = "en") -> list[CutText]:
    return cut_texts({written: {language: text}}, languages=[language])  # type: ignore[dict-item]


@pytest.mark.parametrize("written", LIMITS)
def test_a_text_that_just_fits_is_not_cut(written: str) -> None:
    least = min(limit.characters for limit in LIMITS[written])  # type: ignore[index]
    assert cuts(written, "م" * least, "ar") == []
    assert [cut.limit.characters for cut in cuts(written, "م" * (least + 1), "ar")] == [least]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The regulars of Hill Street", "The regulars of Hil…"),
        ("بطاقة القهوة لزبائننا الدائمين", "بطاقة القهوة لزبائن…"),
        ("کارت قهوه‌ی مشتریان همیشگی", "کارت قهوه‌ی مشتریان…"),
        ("כרטיסיית הקפה של השכונה", "כרטיסיית הקפה של הש…"),
        # Marks belong to their letter, and a family is one picture.
        ("بُطَاقَةُ القَهْوَةِ لِزَبَائِنِنَا الدَّائِمِين", "بُطَاقَةُ القَهْوَةِ لِزَبَائِنِ…"),
        (FAMILY * 21, FAMILY * 19 + "…"),
    ],
)
def test_it_says_how_the_name_will_look(text: str, shown: str) -> None:
    [cut] = cuts("name", text)
    assert (cut.shown, cut.limit.wallet) == (shown, "google")


def test_of_a_long_text_the_end_is_shown() -> None:
    [cut] = cuts("terms", "word " * 200)
    assert cut.length == 999
    assert cut.shown.startswith("…word")
    assert cut.shown.endswith("…")
    assert len(cut.shown) <= 61


def test_white_space_is_not_counted_twice_and_other_languages_not_at_all() -> None:
    assert cuts("name", f"  {'a' * 10}   {'b' * 9}  ") == []
    assert cut_texts({"name": {"fr": "x" * 90}}, languages=["en"]) == []


def test_every_room_is_named() -> None:
    found = cut_texts({"shop": {"en": "x" * 23, "ar": "y" * 21}}, languages=["ar", "en"])
    assert [(cut.language, cut.limit.wallet, cut.limit.spot) for cut in found] == [
        ("ar", "google", "card"),
        ("en", "google", "card"),
        ("en", "apple", "card"),
    ]
