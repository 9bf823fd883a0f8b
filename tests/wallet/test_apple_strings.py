"""Translations inside a pass: nothing that somebody wrote breaks the file, and no two texts are mixed up."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from cardamom.wallet.apple.strings import Texts, strings_file
from tests.wallet.opened_pass import read_strings

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.dictionaries(TEXT, TEXT, max_size=6))
def test_every_text_comes_back_as_it_was(translations: dict[str, str]) -> None:
    assert read_strings(strings_file(translations)) == translations


def test_quotes_backslashes_lines_and_marks_of_direction() -> None:
    odd = {'"sale\\" 2+1': "one\ntwo\r\n\tthree\\n", "\u200fسعر \u2068Latte\u2069": "\u0007bell"}
    content = strings_file(odd)
    assert read_strings(content) == odd
    assert content.count(b"\n") == 2


def said(**by_language: str) -> dict[str, SimpleNamespace]:
    return {code: SimpleNamespace(text=text) for code, text in by_language.items()}


def test_a_text_stands_in_the_passs_own_language_and_is_the_key_of_the_others() -> None:
    texts = Texts(said(en="Stamps", fa="مُهرها"), language="fa")
    assert texts.text(lambda wording: wording.text) == "مُهرها"
    assert read_strings(texts.files()["en.lproj/pass.strings"]) == {"مُهرها": "Stamps"}
    assert read_strings(texts.files()["fa.lproj/pass.strings"]) == {"مُهرها": "مُهرها"}


def test_two_texts_that_are_the_same_in_one_language_only_are_kept_apart() -> None:
    texts = Texts(said(en="x", fa="y"), language="en")
    keys = [
        texts.text(lambda wording, pair=pair: pair[0] if wording.text == "x" else pair[1])
        for pair in (("Card", "کارت"), ("Card", "بطاقه"), ("Card", "کارت"))
    ]
    assert keys[0] == keys[2] == "Card"
    assert keys[1] != "Card"
    assert keys[1].startswith("Card")
    translated = read_strings(texts.files()["fa.lproj/pass.strings"])
    assert [translated[key] for key in keys] == ["کارت", "بطاقه", "کارت"]
    assert read_strings(texts.files()["en.lproj/pass.strings"]) == {keys[0]: "Card", keys[1]: "Card"}


def test_what_one_language_does_not_say_is_said_in_the_passs_own() -> None:
    texts = Texts(said(en="", ar="مرحبًا"), language="ar")
    texts.text(lambda wording: wording.text)
    assert read_strings(texts.files()["en.lproj/pass.strings"]) == {"مرحبًا": "مرحبًا"}
    silent = Texts(said(en="", ar="مرحبًا"), language="en")
    assert silent.text(lambda wording: wording.text) == ""
    assert silent.files()["en.lproj/pass.strings"] == b""
