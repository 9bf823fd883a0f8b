"""What every page for customers has in common: the reader's language, the shop at the top, what may be kept of it."""

from __future__ import annotations

from typing import Any, Final, Literal

from litestar import Request, Response
from litestar.response import Template

from cardamom.kit.errors import Refused
from cardamom.merchants.pictures import shaped_path
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import languages_offered, reader_language, speak, text_for_reader
from cardamom.programs.schemas import Design

#: A card is private: no cache on the way, and no search engine.
PRIVATE: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}

AnyRequest = Request[Any, Any, Any]


def speak_to_reader(request: AnyRequest, merchant: Merchant, *, known: str | None = None) -> None:
    """Choose the language of the answer. known: the language of the reader's card."""
    code = reader_language(
        merchant,
        chosen=request.scope.get("state", {}).get("chosen_language"),
        known=known,
        accepted=request.headers.get("accept-language"),
    )
    speak(merchant, code)


def shop_frame(
    merchant: Merchant, *, program_id: str, version: int, logo: str | None = None
) -> dict[str, Any]:
    """The values of customer.html: who the shop is, in which colours and languages. logo: hash of its picture."""
    return {
        "shop_name": text_for_reader(merchant, merchant.name),
        "shop_logo_url": None if logo is None else shaped_path(logo, "small"),
        "brand_stylesheet_url": brand_url(merchant.id, program_id, version, kind="css"),
        "brand_icon_url": brand_url(merchant.id, program_id, version, kind="svg"),
        "brand_picture_url": brand_url(merchant.id, program_id, version, kind="png"),
        "languages": [(code, name, f"?lang={code}") for code, name in languages_offered(merchant)],
        "time_zone": merchant.time_zone,
    }


def design_texts(merchant: Merchant, design: Design) -> dict[str, str]:
    """What the shop says about its program in its own words; "" where it says nothing."""
    return {
        "how_to": text_for_reader(merchant, design.how_to),
        "terms": text_for_reader(merchant, design.terms),
    }


def brand_url(merchant_id: str, program_id: str, version: int, *, kind: Literal["css", "svg", "png"]) -> str:
    """The address of a file in the colours of one version of a program; it never changes."""
    return f"/brand/{merchant_id}/{program_id}/{version}.{kind}"


def page(template: str, context: dict[str, Any], *, status: int = 200) -> Template:
    """A private page."""
    return Template(template, context=context, status_code=status, headers=dict(PRIVATE))


def refusal_page(refusal: Refused, *, context: dict[str, Any]) -> Response[Any]:
    """A friendly page of a shop that says why there is nothing to do."""
    return page("cards/over.html", {**context, "refusal": refusal}, status=refusal.status)
