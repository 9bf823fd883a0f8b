"""Where the wallets are: Apple's push service, the Google Wallet API, and the keys that sign Google's callbacks."""

from __future__ import annotations

import msgspec

from cardamom.db.wallet_settings import WalletSettings

#: Passes are pushed through Apple's production host only; its sandbox never reaches one (PassKit web service).
APPLE_PUSH = "https://api.push.apple.com"
GOOGLE_API = "https://walletobjects.googleapis.com/walletobjects/v1"
GOOGLE_KEYS = "https://pay.google.com/gp/m/issuer/keys"


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses without a slash at the end. Others than these defaults are stand-ins in tests."""

    apple_push: str = APPLE_PUSH
    google_api: str = GOOGLE_API
    google_keys: str = GOOGLE_KEYS


def endpoints_of(settings: WalletSettings) -> Endpoints:
    """The real ones, unless a setting names others."""
    return Endpoints(
        apple_push=settings.apple_push_url or APPLE_PUSH,
        google_api=settings.google_api_url or GOOGLE_API,
        google_keys=settings.google_keys_url or GOOGLE_KEYS,
    )
