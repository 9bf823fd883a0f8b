"""The language of a request or job, and its sentences."""

import asyncio
import logging
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from cardamom.kit.catalogs import compiled_catalog, translations
from cardamom.kit.i18n import (
    N_,
    _,
    current,
    current_language,
    lazy,
    ngettext,
    pgettext,
    say_number,
    set_language,
    use_language,
)
from tests.kit.conftest import Translate

GOAL = 'msgid "Goal"\nmsgstr "الهدف"\n'
STAMPS_LEFT = 'msgid "%(n)s stamp left"\nmsgid_plural "%(n)s stamps left"\n'


def test_without_a_choice_it_is_english():
    assert (current_language(), _("Goal")) == ("en", "Goal")


def test_a_language_holds_for_a_block(translated: Translate):
    translated("ar", GOAL)
    with use_language("ar") as arabic:
        assert (arabic.direction, current_language(), _("Goal")) == ("rtl", "ar", "الهدف")
        with use_language("en"):
            assert _("Goal") == "Goal"
        assert _("Goal") == "الهدف"
    assert _("Goal") == "Goal"


def test_a_language_ends_with_its_block_also_after_an_error():
    with pytest.raises(RuntimeError), use_language("he"):
        raise RuntimeError
    assert current_language() == "en"


def test_a_language_is_of_one_task_and_one_thread():
    async def speak(language: str) -> str:
        set_language(language)
        await asyncio.sleep(0)
        return current_language()

    async def together() -> list[str]:
        return await asyncio.gather(*(speak(language) for language in ("ar", "fa", "he")))

    assert asyncio.run(together()) == ["ar", "fa", "he"]
    with use_language("fa"), ThreadPoolExecutor(1) as thread:
        assert thread.submit(current_language).result() == "en"


def test_a_locale_brings_its_digits_and_a_business_may_prefer_others():
    with use_language("ar"):
        assert say_number(1234567) == "١٬٢٣٤٬٥٦٧"
    with use_language("ar-AE"):
        assert (current_language(), say_number(1234567)) == ("ar", "1,234,567")
    with use_language("ar", numbering="latn", calendar="hijri"):
        assert (say_number(1234567), current().calendar) == ("1,234,567", "hijri")
    with use_language("fa", numbering="latn"):
        assert (say_number(5), current().calendar) == ("5", "jalali")


@pytest.mark.parametrize("code", ["", "fr", "fr-FR", "xx", "../ar"])
def test_a_language_that_we_do_not_speak_is_a_value_error(code: str):
    with pytest.raises(ValueError, match=r"."):
        set_language(code)


@pytest.mark.parametrize(
    ("language", "forms", "said"),
    [
        (
            "ar",
            [
                "لم يتبق أي ختم",
                "تبقى ختم واحد",
                "تبقى ختمان",
                "تبقت %(n)s أختام",
                "تبقى %(n)s ختمًا",
                "تبقى %(n)s ختم",
            ],
            {
                0: "لم يتبق أي ختم",
                1: "تبقى ختم واحد",
                2: "تبقى ختمان",
                3: "تبقت ٣ أختام",
                10: "تبقت ١٠ أختام",
                11: "تبقى ١١ ختمًا",
                99: "تبقى ٩٩ ختمًا",
                100: "تبقى ١٠٠ ختم",
                102: "تبقى ١٠٢ ختم",
                103: "تبقت ١٠٣ أختام",
            },
        ),
        (
            "fa",
            ["%(n)s مُهر دیگر", "%(n)s مُهر دیگر مانده"],
            {0: "۰ مُهر دیگر", 1: "۱ مُهر دیگر", 2: "۲ مُهر دیگر مانده", 11: "۱۱ مُهر دیگر مانده"},
        ),
        (
            "he",
            ["נותרה חותמת אחת", "נותרו שתי חותמות", "נותרו %(n)s חותמות"],
            {
                0: "נותרו 0 חותמות",
                1: "נותרה חותמת אחת",
                2: "נותרו שתי חותמות",
                3: "נותרו 3 חותמות",
                20: "נותרו 20 חותמות",
            },
        ),
    ],
)
def test_a_count_takes_the_form_of_its_language(
    translated: Translate, language: str, forms: list[str], said: dict[int, str]
):
    translated(language, STAMPS_LEFT + "".join(f'msgstr[{at}] "{form}"\n' for at, form in enumerate(forms)))
    with use_language(language):
        for n, sentence in said.items():
            assert ngettext("%(n)s stamp left", "%(n)s stamps left", n) % {"n": say_number(n)} == sentence


def test_a_word_with_two_meanings_has_a_context(translated: Translate):
    translated("he", 'msgctxt "verb"\nmsgid "stamp"\nmsgstr "החתמה"\n\nmsgid "stamp"\nmsgstr "חותמת"\n')
    with use_language("he"):
        assert (_("stamp"), pgettext("verb", "stamp")) == ("חותמת", "החתמה")


def test_a_constant_is_translated_when_it_is_shown(translated: Translate):
    translated("ar", GOAL + '\nmsgid "Hello %(name)s"\nmsgstr "أهلًا %(name)s"\n')
    goal, hello, marked = lazy("Goal"), lazy("Hello %(name)s"), N_("Goal")
    assert f"{goal}" == "Goal"
    with use_language("ar"):
        assert (str(goal), _(marked), hello % {"name": "Dana"}) == ("الهدف", "الهدف", "أهلًا Dana")


def test_an_empty_text_is_not_the_header_of_the_catalog():
    with use_language("ar"):
        assert _("") == ""


def test_a_checkout_that_was_never_built_is_translated(translated: Translate):
    source = translated("ar", GOAL)
    assert not source.with_suffix(".mo").exists()
    assert translations("ar").gettext("Goal") == "الهدف"


def test_a_compiled_catalog_is_used_until_its_source_is_newer(translated: Translate):
    source = translated("ar", GOAL)
    compiled = source.with_suffix(".mo")
    compiled.write_bytes(compiled_catalog(source))
    source.write_text(source.read_text(encoding="utf-8").replace("الهدف", "غاية"), encoding="utf-8")

    os.utime(source, (1000, 1000))
    assert translations("ar").gettext("Goal") == "الهدف"
    translations.cache_clear()
    os.utime(compiled, (999, 999))
    assert translations("ar").gettext("Goal") == "غاية"


def test_an_installation_without_a_catalog_says_so(translated: Translate, caplog: pytest.LogCaptureFixture):
    translated("ar", GOAL)
    with caplog.at_level(logging.ERROR):
        assert translations("he").gettext("Goal") == "Goal"
    assert "messages.po" in caplog.text
