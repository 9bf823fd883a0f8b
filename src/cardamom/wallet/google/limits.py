"""How much Google Wallet takes and shows: what its discovery document says in prose, as tables.

Keys are (schema, property) of `walletobjects.json`. Lengths are counted in graphemes, what people see as characters.
Source: the descriptions in the discovery document, and the pages "Loyalty card", "Offers" and "Auto-linked passes" of
the Google Wallet developer documentation.
"""

from __future__ import annotations

import msgspec

Place = tuple[str, str]

_OBJECTS = ("LoyaltyObject", "OfferObject", "GenericObject")
_PASSES = (*_OBJECTS, "LoyaltyClass", "OfferClass", "GenericClass")

#: `<issuer id>.<suffix>`: the suffix has only letters, digits, ".", "_" and "-".
ID = r"^[0-9]{1,19}\.[A-Za-z0-9._-]+$"
#: ISO 8601 extended; the offset may be left out, for a time that is local wherever the holder is.
INSTANT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}(:\d{2})?)?$"
_HTTPS = r"^https://[^\s/]+\.?[^\s]*$"
_MODULE_ID = r"^[A-Za-z0-9_-]+$"

#: A text of the place has this form; of a list, each member.
PATTERNS: dict[Place, str] = {
    **{(kind, "id"): ID for kind in ("LoyaltyClass", "OfferClass", "GenericClass")},
    **{(kind, field): ID for kind in _OBJECTS for field in ("id", "classId", "linkedObjectIds")},
    ("LoyaltyObject", "linkedOfferIds"): ID,
    ("LoyaltyClass", "hexBackgroundColor"): r"^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$",
    ("OfferClass", "hexBackgroundColor"): r"^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$",
    ("GenericObject", "hexBackgroundColor"): r"^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$",
    ("LoyaltyClass", "countryCode"): r"^[A-Z]{2}$",
    ("OfferClass", "countryCode"): r"^[A-Z]{2}$",
    ("DateTime", "date"): INSTANT,
    ("TextModuleData", "id"): _MODULE_ID,
    ("ImageUri", "uri"): _HTTPS,
    ("CallbackOptions", "url"): _HTTPS,
    ("Uri", "uri"): r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$",
    ("Money", "currencyCode"): r"^[A-Z]{3}$",
    ("TranslatedString", "language"): r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
    ("RotatingBarcodeTotpDetailsTotpParameters", "key"): r"^([0-9A-Fa-f]{2})+$",
    ("SaveRestrictions", "restrictToEmailSha256"): r"^[0-9a-f]{64}$",
}

#: Numbers lie between these, both included; Google rejects others.
RANGES: dict[Place, tuple[float, float]] = {
    ("MerchantLocation", "latitude"): (-90.0, 90.0),
    ("MerchantLocation", "longitude"): (-180.0, 180.0),
    ("LatLongPoint", "latitude"): (-90.0, 90.0),
    ("LatLongPoint", "longitude"): (-180.0, 180.0),
}

#: Required although no description begins with "Required.": each says so further on, or is useless without.
ALSO_REQUIRED: dict[str, tuple[str, ...]] = {
    "LoyaltyPoints": ("balance",),
    "MerchantLocation": ("latitude", "longitude"),
    "ImageUri": ("uri",),
    "AddMessageRequest": ("message",),
    "LocalizedString": ("defaultValue",),
    "TranslatedString": ("language", "value"),
    "Barcode": ("type",),
    "RotatingBarcode": ("type", "valuePattern", "totpDetails"),
    "RotatingBarcodeTotpDetails": ("periodMillis", "algorithm", "parameters"),
    "RotatingBarcodeTotpDetailsTotpParameters": ("key", "valueLength"),
}

#: Google sets these; what we send is ignored.
SET_BY_GOOGLE: frozenset[Place] = frozenset(
    {
        *((kind, "review") for kind in ("LoyaltyClass", "OfferClass")),
        *((kind, "hasUsers") for kind in _OBJECTS),
        *((kind, "classReference") for kind in ("LoyaltyObject", "OfferObject")),
        ("LoyaltyObject", "hasLinkedDevice"),
    }
)


class Count(msgspec.Struct, frozen=True):
    """How many members a list may have. is_refused: Google rejects more; else it drops or hides them."""

    most: int
    is_refused: bool


def _each(kinds: tuple[str, ...], field: str, count: Count) -> dict[Place, Count]:
    return {(kind, field): count for kind in kinds}


COUNTS: dict[Place, Count] = {
    **_each(_PASSES, "merchantLocations", Count(10, is_refused=True)),
    **_each(_PASSES, "messages", Count(10, is_refused=True)),
    # Further ids "will be ignored silently": the voucher would not appear, which is as bad as a refusal.
    **_each(_OBJECTS, "linkedObjectIds", Count(50, is_refused=True)),
    ("CardTemplateOverride", "cardRowTemplateInfos"): Count(3, is_refused=True),
    **_each(_PASSES, "textModulesData", Count(10, is_refused=False)),
    **_each(_PASSES, "imageModulesData", Count(1, is_refused=False)),
    # The discovery document says fifteen, the pages say ten.
    **_each(_PASSES, "valueAddedModuleData", Count(10, is_refused=False)),
}

#: Longer texts are cut by Google, at another place on every screen. Of a LocalizedString, each of its texts.
LENGTHS: dict[Place, int] = {
    ("LoyaltyClass", "issuerName"): 20,
    ("LoyaltyClass", "localizedIssuerName"): 20,
    ("LoyaltyClass", "programName"): 20,
    ("LoyaltyClass", "localizedProgramName"): 20,
    ("LoyaltyClass", "accountIdLabel"): 15,
    ("LoyaltyClass", "localizedAccountIdLabel"): 15,
    ("LoyaltyClass", "accountNameLabel"): 15,
    ("LoyaltyClass", "localizedAccountNameLabel"): 15,
    ("LoyaltyClass", "rewardsTier"): 7,
    ("LoyaltyClass", "localizedRewardsTier"): 7,
    ("LoyaltyClass", "rewardsTierLabel"): 9,
    ("LoyaltyClass", "localizedRewardsTierLabel"): 9,
    ("LoyaltyObject", "accountId"): 20,
    ("LoyaltyObject", "accountName"): 20,
    ("LoyaltyPoints", "label"): 9,
    ("LoyaltyPoints", "localizedLabel"): 9,
    ("LoyaltyPointsBalance", "string"): 7,
    ("OfferClass", "issuerName"): 20,
    ("OfferClass", "localizedIssuerName"): 20,
    ("OfferClass", "title"): 60,
    ("OfferClass", "localizedTitle"): 60,
    ("OfferClass", "shortTitle"): 20,
    ("OfferClass", "localizedShortTitle"): 20,
    ("OfferClass", "provider"): 12,
    ("OfferClass", "localizedProvider"): 12,
    ("AppLinkData", "displayText"): 30,
    ("TextModuleData", "header"): 35,
    ("TextModuleData", "localizedHeader"): 35,
    ("TextModuleData", "body"): 500,
    ("TextModuleData", "localizedBody"): 500,
    ("ValueAddedModuleData", "header"): 60,
    ("ValueAddedModuleData", "body"): 50,
    ("Uri", "description"): 20,
    ("Uri", "localizedDescription"): 20,
}
