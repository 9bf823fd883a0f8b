"""Texts that a business writes once per language: {"en": "Coffee", "ar": "قهوة"}."""

from collections.abc import Mapping

from cardamom.kit.catalogs import _
from cardamom.kit.errors import Malformed
from cardamom.kit.languages import parse_locale
from cardamom.kit.text import clean, isolate

Localised = dict[str, str]

_MAX_LANGUAGES = 40


class LocalisedMalformed(Malformed):
    """Not a text per language. Facts: language, where one is to blame."""

    code = "localised_malformed"

    def sentence(self) -> str:
        if "language" in self.facts:
            return _("%(language)s is not a language code.") % {"language": isolate(self.facts["language"])}
        return _("Write this text in at least one language.")


def pick(localised: Mapping[str, str], language: str, *, fallback: str) -> str:
    """The text for a reader: in the language, else in the fallback (the business's own), else in any.

    "" when there is no text at all.
    """
    for tag in (language, language.partition("-")[0], fallback, *sorted(localised)):
        if localised.get(tag):
            return localised[tag]
    return ""


def validate_localised(value: Mapping[str, str], *, limit: int) -> Localised:
    """The texts, cleaned, without empty ones, under canonical tags.

    limit: characters of each text. Raises LocalisedMalformed and TextTooLong.
    """
    if len(value) > _MAX_LANGUAGES:
        raise LocalisedMalformed
    texts = {_known_tag(tag): clean(text, limit=limit) for tag, text in value.items()}
    filled = {tag: text for tag, text in texts.items() if text}
    if not filled:
        raise LocalisedMalformed
    return filled


def _known_tag(tag: str) -> str:
    """The tag as CLDR writes it ("AR-eg" is "ar-EG"); any language that CLDR knows, not only those we speak."""
    try:
        return str(parse_locale(tag)).replace("_", "-")
    except (ValueError, TypeError) as error:
        raise LocalisedMalformed(language=clean(str(tag)[:20], limit=20)) from error
