"""The keys of pass.json as a JSON Schema: every key that Wallet knows, with its type.

Source: Apple, "Wallet Passes", and Apple's Pass Builder (`Pass.swift` and its neighbours), the first specification that
can be run. What depends on several keys is in `apple_pass` and `apple_fields`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import jsonschema_rs

from cardamom.kit.colour import ColourMalformed, parse_colour

Schema = dict[str, Any]

#: The styles that every iOS knows, and the one of iOS 27, which stands beside one of them.
LEGACY_STYLES: Final = ("storeCard", "coupon", "generic", "eventTicket", "boardingPass")
POSTER: Final = "posterGeneric"

OLD_FORMATS: Final = (
    "PKBarcodeFormatQR",
    "PKBarcodeFormatPDF417",
    "PKBarcodeFormatAztec",
    "PKBarcodeFormatCode128",
)
NEW_FORMATS: Final = (
    "PKBarcodeFormatEAN13",
    "PKBarcodeFormatCode39",
    "PKBarcodeFormatCodabar",
    "PKBarcodeFormatI2of5",
)
ACTIONS: Final = (
    "membershipBenefits",
    "viewOffersRewards",
    "addToBalance",
    "order",
    "shop",
    "call",
    "place",
    "bookAppointment",
    "bookCar",
    "bookFlight",
    "bookStay",
    "listenToMusic",
    "viewSchedule",
    "watchTrailer",
)
#: Groups of fields, as they come in a style.
GROUPS: Final = (
    "headerFields",
    "primaryFields",
    "secondaryFields",
    "auxiliaryFields",
    "backFields",
    "footerFields",
    "additionalInfoFields",
)
_WEB_KEYS: Final = (
    "accessibilityURL",
    "addOnURL",
    "bagPolicyURL",
    "changeSeatURL",
    "contactVenueWebsite",
    "directionsInformationURL",
    "entertainmentURL",
    "managementURL",
    "merchandiseURL",
    "orderFoodURL",
    "parkingInformationURL",
    "purchaseAdditionalBaggageURL",
    "purchaseLoungeAccessURL",
    "purchaseParkingURL",
    "purchaseWifiURL",
    "registerServiceAnimalURL",
    "reportLostBagURL",
    "requestWheelchairURL",
    "sellURL",
    "transferURL",
    "transitInformationURL",
    "transitProviderWebsiteURL",
    "upgradeURL",
)
_TEXT_KEYS: Final = (
    "contactVenueEmail",
    "contactVenuePhoneNumber",
    "eventLogoText",
    "groupingIdentifier",
    "logoSymbolName",
    "logoText",
    "transitProviderEmail",
    "transitProviderPhoneNumber",
)
_COLOUR_KEYS: Final = (
    "backgroundColor",
    "foregroundColor",
    "labelColor",
    "stripColor",
    "footerBackgroundColor",
)

_TEXT: Schema = {"type": "string"}
_NAME: Schema = {"type": "string", "minLength": 1}
_YES_NO: Schema = {"type": "boolean"}
_DATE: Schema = {"type": "string", "format": "pass-date"}
_COLOUR: Schema = {"type": "string", "format": "pass-colour"}
_WEB: Schema = {"type": "string", "format": "web-address"}
_URL: Schema = {"type": "string", "format": "address"}
_CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$"}
_UINT16: Schema = {"type": "integer", "minimum": 0, "maximum": 65_535}
_IDS: Schema = {"type": "array", "items": {"type": "integer", "minimum": 1}}

_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", re.IGNORECASE)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})")


def is_date(text: str) -> bool:
    """A full date with a time and a zone, as Wallet reads them; the seconds may be missing."""
    if not _INSTANT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def as_hex(colour: str) -> str | None:
    """`rgb(1, 2, 3)` or hexadecimal digits with "#" as our form of a colour, None for anything else."""
    text = colour.strip()
    if match := _RGB.fullmatch(text):
        channels = [int(channel) for channel in match.groups()]
        return "#" + "".join(f"{one:02x}" for one in channels) if max(channels) <= 255 else None
    try:
        return parse_colour(text) if text.startswith("#") else None
    except ColourMalformed:
        return None


def is_web_address(text: str) -> bool:
    """http or https, with a host."""
    return _parts(text)[0] in {"http", "https"} and bool(_parts(text)[1])


def is_address(text: str) -> bool:
    """Anything that a phone can open: web, tel, mailto, the scheme of an app."""
    return bool(_parts(text)[0]) and not re.search(r"\s", text)


def _parts(text: str) -> tuple[str, str]:
    try:
        split = urlsplit(text)
        return split.scheme, split.hostname or ""
    except ValueError:
        return "", ""


#: The formats that the schema names.
FORMATS: Final[dict[str, Callable[[str], bool]]] = {
    "pass-date": is_date,
    "pass-colour": lambda text: as_hex(text) is not None,
    "web-address": is_web_address,
    "address": is_address,
}


@lru_cache(maxsize=1)
def validator() -> jsonschema_rs.Draft202012Validator:
    """Of a whole pass.json."""
    return jsonschema_rs.Draft202012Validator(_PASS, formats=dict(FORMATS), validate_formats=True)


def _object(required: tuple[str, ...], **properties: Schema) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
    }


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


_DATE_STYLE: Schema = {"enum": [f"PKDateStyle{one}" for one in ("None", "Short", "Medium", "Long", "Full")]}
_MONEY = _object(("amount", "currencyCode"), amount=_TEXT, currencyCode=_CURRENCY)
#: Open, because there are some hundred tags, and Wallet ignores the ones it does not know.
_SEMANTICS: Schema = {
    "type": "object",
    "properties": {
        "balance": _MONEY,
        "totalPrice": _MONEY,
        "membershipProgramName": _TEXT,
        "membershipProgramNumber": _TEXT,
        "wifiAccess": _list(_object(("ssid", "password"), ssid=_NAME, password=_TEXT)),
    },
}
_FIELD = _object(
    ("key", "value"),
    key=_NAME,
    value={"type": ["string", "number"]},
    label=_TEXT,
    attributedValue={"type": ["string", "number"]},
    changeMessage=_TEXT,
    textAlignment={"enum": [f"PKTextAlignment{one}" for one in ("Natural", "Left", "Center", "Right")]},
    dataDetectorTypes=_list(
        {"enum": [f"PKDataDetectorType{one}" for one in ("PhoneNumber", "Link", "Address", "CalendarEvent")]}
    ),
    dateStyle=_DATE_STYLE,
    timeStyle=_DATE_STYLE,
    isRelative=_YES_NO,
    ignoresTimeZone=_YES_NO,
    numberStyle={"enum": [f"PKNumberStyle{one}" for one in ("Decimal", "Percent", "Scientific", "SpellOut")]},
    currencyCode=_CURRENCY,
    row={"enum": [0, 1]},
    semantics=_SEMANTICS,
)
_TRANSIT: Schema = {"enum": [f"PKTransitType{one}" for one in ("Air", "Boat", "Bus", "Generic", "Train")]}
_STYLE = _object((), **{group: _list(_FIELD) for group in GROUPS}, transitType=_TRANSIT)
_BARCODE = _object(
    ("format", "message", "messageEncoding"),
    format={"enum": [*OLD_FORMATS, *NEW_FORMATS]},
    message=_NAME,
    messageEncoding=_NAME,
    altText=_TEXT,
)
_LOCATION = _object(
    ("latitude", "longitude"),
    latitude={"type": "number", "minimum": -90, "maximum": 90},
    longitude={"type": "number", "minimum": -180, "maximum": 180},
    altitude={"type": "number"},
    relevantText=_TEXT,
)
_BEACON = _object(("proximityUUID",), proximityUUID=_NAME, major=_UINT16, minor=_UINT16, relevantText=_TEXT)
_RELEVANT = _object((), date=_DATE, relevantDate=_DATE, startDate=_DATE, endDate=_DATE)
_ACTION = _object(
    ("identifier", "type"),
    identifier=_NAME,
    type={"enum": list(ACTIONS)},
    url=_URL,
    placeIdentifier=_NAME,
)
_NFC = _object(
    ("message", "encryptionPublicKey"),
    message=_NAME,
    encryptionPublicKey=_NAME,
    requiresAuthentication=_YES_NO,
)

REQUIRED: Final = (
    "formatVersion",
    "passTypeIdentifier",
    "serialNumber",
    "teamIdentifier",
    "organizationName",
    "description",
)
_PASS: Schema = _object(
    REQUIRED,
    formatVersion={"const": 1},
    passTypeIdentifier={"type": "string", "pattern": r"^pass\.[A-Za-z0-9.-]+$"},
    serialNumber=_NAME,
    teamIdentifier={"type": "string", "pattern": "^[A-Z0-9]{10}$"},
    organizationName=_NAME,
    description=_NAME,
    **dict.fromkeys((*LEGACY_STYLES, POSTER), _STYLE),
    **dict.fromkeys(_WEB_KEYS, _WEB),
    **dict.fromkeys(_TEXT_KEYS, _TEXT),
    **dict.fromkeys(_COLOUR_KEYS, _COLOUR),
    barcode=_BARCODE,
    barcodes=_list(_BARCODE),
    locations=_list(_LOCATION, maxItems=10),
    beacons=_list(_BEACON, maxItems=10),
    maxDistance={"type": "number", "exclusiveMinimum": 0},
    relevantDate=_DATE,
    relevantDates=_list(_RELEVANT),
    expirationDate=_DATE,
    voided=_YES_NO,
    sharingProhibited=_YES_NO,
    suppressStripShine=_YES_NO,
    suppressHeaderDarkening=_YES_NO,
    useAutomaticColors=_YES_NO,
    featuredActions=_list(_ACTION, maxItems=2),
    appLaunchURL=_URL,
    associatedStoreIdentifiers=_IDS,
    auxiliaryStoreIdentifiers=_IDS,
    preferredStyleSchemes=_list(_NAME),
    upcomingPassInformation={"type": "array"},
    userInfo={},
    semantics=_SEMANTICS,
    nfc=_NFC,
    webServiceURL=_WEB,
    authenticationToken=_TEXT,
)
