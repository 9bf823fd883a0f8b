"""What an installation is told about wallets: certificates for all its businesses, and where the wallets are.

Only whether a file can be read is checked here; what is in it is judged where it is used, and a certificate that
expired never keeps the counter from starting.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from cardamom.db.given import Material, material_of, password_of, text_of
from cardamom.db.problems import SettingProblem

EXPLAINED: Mapping[str, str] = {
    "CARDAMOM_APPLE_CERTIFICATE": (
        "The pass type certificate for all businesses that have none of their own: .p12, .cer or PEM; in base64 where "
        "it is binary."
    ),
    "CARDAMOM_APPLE_KEY": "Its private key, where it is not in the .p12.",
    "CARDAMOM_APPLE_PASSWORD": "The password of the .p12 or of the key.",
    "CARDAMOM_APPLE_WWDR": "Apple's intermediate certificate (WWDR G4), where it is not in the .p12.",
    "CARDAMOM_APPLE_NFC_PUBLIC_KEY": "The public key for NFC passes, in base64. Only with Apple's entitlement.",
    "CARDAMOM_GOOGLE_SERVICE_ACCOUNT": "The JSON key of the service account that writes passes at Google.",
    "CARDAMOM_GOOGLE_ISSUER": "The issuer id of the Google Wallet console, digits only.",
    "CARDAMOM_APPLE_PUSH_URL": "For tests: another server in place of Apple's push service.",
    "CARDAMOM_GOOGLE_API_URL": "For tests: another server in place of the Google Wallet API.",
    "CARDAMOM_GOOGLE_KEYS_URL": "For tests: where the keys that sign Google's callbacks are read.",
}


class WalletSettings(msgspec.Struct, frozen=True, kw_only=True):
    """As given; None is not set."""

    apple_certificate: Material | None = None
    apple_key: Material | None = None
    apple_password: Material | None = None
    apple_wwdr: Material | None = None
    apple_nfc_public_key: str | None = None
    google_service_account: Material | None = None
    google_issuer: str | None = None
    apple_push_url: str | None = None
    google_api_url: str | None = None
    google_keys_url: str | None = None

    def files(self) -> dict[str, str]:
        """The settings that name files, for the environment of other processes: these follow the same files."""
        given = (getattr(self, name) for name in self.__struct_fields__)
        return {
            f"{each.name}_FILE": str(each.path.absolute())
            for each in given
            if isinstance(each, Material) and each.path is not None
        }


def wallet_settings(said: Mapping[str, str]) -> WalletSettings:
    """Read them from an environment. Raises SettingProblem."""
    settings = WalletSettings(
        apple_certificate=material_of(said, "CARDAMOM_APPLE_CERTIFICATE"),
        apple_key=material_of(said, "CARDAMOM_APPLE_KEY"),
        apple_password=password_of(said, "CARDAMOM_APPLE_PASSWORD"),
        apple_wwdr=material_of(said, "CARDAMOM_APPLE_WWDR"),
        apple_nfc_public_key=text_of(said, "CARDAMOM_APPLE_NFC_PUBLIC_KEY"),
        google_service_account=material_of(said, "CARDAMOM_GOOGLE_SERVICE_ACCOUNT"),
        google_issuer=text_of(said, "CARDAMOM_GOOGLE_ISSUER"),
        apple_push_url=_push_address(said),
        google_api_url=_address(said, "CARDAMOM_GOOGLE_API_URL"),
        google_keys_url=_address(said, "CARDAMOM_GOOGLE_KEYS_URL"),
    )
    issuer = settings.google_issuer
    if issuer is not None and not (issuer.isascii() and issuer.isdigit()):
        raise SettingProblem(
            "CARDAMOM_GOOGLE_ISSUER", "must be digits only: the id of the issuer, not its name."
        )
    if (settings.google_service_account is None) != (issuer is None):
        raise SettingProblem(
            "CARDAMOM_GOOGLE_SERVICE_ACCOUNT", "and CARDAMOM_GOOGLE_ISSUER are given together or not at all."
        )
    if settings.apple_certificate is None and (settings.apple_key or settings.apple_wwdr):
        raise SettingProblem("CARDAMOM_APPLE_CERTIFICATE", "is missing, while its key or WWDR is given.")
    return settings


def _push_address(said: Mapping[str, str]) -> str | None:
    """Not Apple's sandbox: it answers 200 to every push and reaches no pass."""
    told = _address(said, "CARDAMOM_APPLE_PUSH_URL")
    host = (urlsplit(told).hostname or "") if told is not None else ""
    if host.endswith(".push.apple.com") and host != "api.push.apple.com":
        raise SettingProblem(
            "CARDAMOM_APPLE_PUSH_URL", "must not be Apple's sandbox: passes need the production host."
        )
    return told


def _address(said: Mapping[str, str], name: str) -> str | None:
    told = text_of(said, name)
    if told is not None and (urlsplit(told).scheme not in ("http", "https") or not urlsplit(told).hostname):
        raise SettingProblem(name, "must be an address such as https://127.0.0.1:20443.")
    return None if told is None else told.rstrip("/")
