"""The translations of our own sentences, in the language of the current request or job.

A sentence is an English msgid with named places. The catalogs are `locales/<language>/LC_MESSAGES/messages.po`; the
compiled `.mo` is a build product. Import from `kit.i18n`, which adds dates, times and money; this module exists on its
own because the refusals (`kit.errors`) are below those.
"""

import gettext as standard
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

import msgspec
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from cardamom.kit.digits import Numbering
from cardamom.kit.languages import SUPPORTED, Calendar, Language, language
from cardamom.kit.numbers import format_number

_log = logging.getLogger(__name__)

SOURCE_LANGUAGE = "en"
LOCALES = Path(__file__).parent.parent / "locales"

_ENGLISH = language(SOURCE_LANGUAGE)
_current: ContextVar[Language] = ContextVar("language")


def current() -> Language:
    """The language in force, with its digits and calendar; English where nobody chose one."""
    return _current.get(_ENGLISH)


def current_language() -> str:
    """The code of the language in force: "en", "ar", "fa" or "he"."""
    return current().code


def set_language(code: str, *, numbering: Numbering | None = None, calendar: Calendar | None = None) -> None:
    """Speak a language ("ar", or with a locale's defaults "ar-AE") for the rest of this context (task or thread).

    numbering, calendar: what a business prefers over the defaults of the locale.
    Raises ValueError for a language that we do not speak.
    """
    _current.set(_chosen(code, numbering, calendar))


@contextmanager
def use_language(
    code: str, *, numbering: Numbering | None = None, calendar: Calendar | None = None
) -> Iterator[Language]:
    """As `set_language`, for a block."""
    chosen = _chosen(code, numbering, calendar)
    token = _current.set(chosen)
    try:
        yield chosen
    finally:
        _current.reset(token)


def _chosen(code: str, numbering: Numbering | None, calendar: Calendar | None) -> Language:
    chosen = language(code)
    if chosen.code not in SUPPORTED:
        raise ValueError(f"not a language of ours: {code!r}")
    if numbering is None and calendar is None:
        return chosen
    return msgspec.structs.replace(
        chosen, numbering=numbering or chosen.numbering, calendar=calendar or chosen.calendar
    )


@lru_cache(maxsize=len(SUPPORTED))
def translations(code: str) -> standard.NullTranslations:
    """The catalog of a language, loaded once per process.

    Without a compiled catalog, or with one older than its source, the source is compiled in memory: a checkout that was
    never built must not fall back to English. Where there is neither, the installation is broken: that is logged, and a
    till goes on in English rather than not at all. `scripts/catalog check` keeps such a build from being made.
    """
    if code == SOURCE_LANGUAGE:
        return standard.NullTranslations()
    compiled = LOCALES / code / "LC_MESSAGES" / "messages.mo"
    source = compiled.with_suffix(".po")
    if compiled.exists() and not (source.exists() and source.stat().st_mtime > compiled.stat().st_mtime):
        with compiled.open("rb") as file:
            return standard.GNUTranslations(file)
    if not source.exists():
        _log.error("The translation is missing: %s", source)
        return standard.NullTranslations()
    return standard.GNUTranslations(io.BytesIO(compiled_catalog(source)))


def compiled_catalog(source: Path) -> bytes:
    """The contents of the `.mo` for a `.po`. What is fuzzy or empty is left out: it stays English."""
    with source.open("rb") as file:
        catalog = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def gettext(message: str) -> str:
    """A sentence in the language in force. Fill its places afterwards: `_("Hello %(name)s") % {...}`."""
    # gettext keeps the catalog's header under the empty msgid.
    return translations(current_language()).gettext(message) if message else ""


_ = gettext


def ngettext(singular: str, plural: str, n: int) -> str:
    """The form of a sentence for a count; put the count in yourself, with `say_number`."""
    return translations(current_language()).ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """As `gettext`, for a word that means different things in different places."""
    return translations(current_language()).pgettext(context, message)


def marked(message: str) -> str:
    """A msgid that is only collected for the catalogs here, and translated elsewhere."""
    return message


N_ = marked  # the name that extractors know


class LazyText:
    """A msgid that is translated whenever it is shown, for constants of a module."""

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        return gettext(self.message)

    def __mod__(self, places: dict[str, object]) -> str:
        return gettext(self.message) % places

    def __repr__(self) -> str:
        return f"lazy({self.message!r})"


def lazy(message: str) -> LazyText:
    """A msgid that is translated whenever it is shown."""
    return LazyText(message)


def say_number(n: int) -> str:
    """A whole number with the digits and thousands marks of the language in force."""
    chosen = current()
    return _formatted(n, chosen.default_locale, chosen.numbering)


@lru_cache(maxsize=4_096)
def _formatted(n: int, locale: str, numbering: Numbering) -> str:
    """Nearly every sentence has a small number in it, and writing one costs as much as reading a request."""
    return format_number(n, locale=locale, numbering=numbering)
