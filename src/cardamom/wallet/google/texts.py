"""Texts and pictures as Google keeps them: a default, its translations, and never more than a phone shows.

Google Wallet REST reference: LocalizedString, Image. The lengths that callers give are the recommended ones of that
reference; what is longer is shortened by whole characters and not by code points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cardamom.kit.text import shorten
from cardamom.wallet.face import VoucherWording, Wording

#: A resource of Google Wallet, or a part of one, as JSON.
Document = dict[str, Any]
#: A text in each language of the shop.
Texts = Mapping[str, str]

MODULE_HEADER = 35
MODULE_BODY = 500
LINK_TITLE = 20


def card_texts(wordings: Mapping[str, Wording], said: Callable[[Wording], str]) -> Texts:
    """One text of a card in every language that has it."""
    return {language: text for language, wording in wordings.items() if (text := said(wording))}


def voucher_texts(wordings: Mapping[str, VoucherWording], said: Callable[[VoucherWording], str]) -> Texts:
    """One text of a voucher in every language that has it."""
    return {language: text for language, wording in wordings.items() if (text := said(wording))}


def default_text(texts: Texts, *, language: str, limit: int) -> str:
    """In the language, else in any; "" when there is none."""
    text = texts.get(language) or next(iter(texts.values()), "")
    return shorten(text, limit)


def localised(texts: Texts, *, language: str, limit: int) -> Document:
    """A LocalizedString. The default is also among no translations: a phone falls back to it anyhow."""
    own = language if texts.get(language) else next(iter(texts))
    others = sorted((tag, text) for tag, text in texts.items() if tag != own and text)
    said: Document = {"defaultValue": _translated(own, texts[own], limit)}
    if others:
        said["translatedValues"] = [_translated(tag, text, limit) for tag, text in others]
    return said


def both(name: str, texts: Texts, *, language: str, limit: int) -> Document:
    """A field and its twin: `programName` and `localizedProgramName`. Nothing when there is no text."""
    if not any(texts.values()):
        return {}
    twin = f"localized{name[0].upper()}{name[1:]}"
    return {
        name: default_text(texts, language=language, limit=limit),
        twin: localised(texts, language=language, limit=limit),
    }


def text_module(id: str, *, header: Texts, body: Texts, language: str) -> Document | None:
    """A text below the card; None when it has nothing to say. id: letters, digits, "_" and "-"."""
    if not any(body.values()):
        return None
    return {
        "id": id,
        **both("header", header, language=language, limit=MODULE_HEADER),
        **both("body", body, language=language, limit=MODULE_BODY),
    }


def text_modules(*modules: Document | None) -> Document:
    """The field for those modules that say something."""
    said = [module for module in modules if module is not None]
    return {"textModulesData": said} if said else {}


def link(id: str, uri: str, *, title: Texts, language: str) -> Document:
    """A Uri with its title."""
    return {"id": id, "uri": uri, **both("description", title, language=language, limit=LINK_TITLE)}


def image(uri: str, *, described: Texts, language: str) -> Document:
    """An Image. described: what it shows, for those who do not see it; in full, since nobody has to fit it in."""
    picture: Document = {"sourceUri": {"uri": uri}}
    if any(described.values()):
        picture["contentDescription"] = localised(described, language=language, limit=MODULE_BODY)
    return picture


def _translated(language: str, text: str, limit: int) -> Document:
    return {"language": language, "value": shorten(text, limit)}
