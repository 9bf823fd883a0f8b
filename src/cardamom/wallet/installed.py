"""The certificate and the account of the whole installation: given by settings, read again when a file changes.

A replacement that cannot be used leaves the old one in force and is said in the log and on the owner's page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import structlog

from cardamom.db.given import Material
from cardamom.db.problems import SettingProblem
from cardamom.db.wallet_settings import WalletSettings
from cardamom.kit.errors import Refused
from cardamom.wallet.apple.certificates import PassCertificate, read_certificate
from cardamom.wallet.google.account import ServiceAccount, read_service_account

log = structlog.get_logger(__name__)

T = TypeVar("T")
Stamps = tuple[tuple[int, int, int] | None, ...]


class Kept(Generic[T]):
    """One thing made of settings. problem: why the newest files cannot be used, None where they are in use."""

    def __init__(
        self, wallet: str, materials: Sequence[Material | None], read: Callable[[], T | None]
    ) -> None:
        self._wallet = wallet
        self._materials = [material for material in materials if material is not None]
        self._read = read
        self._stamps: Stamps | None = None
        self.value: T | None = None
        self.problem: Refused | SettingProblem | None = None

    def look(self) -> None:
        """Read the files again when one of them changed since the last look."""
        stamps = tuple(material.stamp() for material in self._materials)
        if stamps == self._stamps:
            return
        self._stamps = stamps
        try:
            self.value = self._read()
        except (Refused, SettingProblem) as problem:
            self.problem = problem
            log.error(
                "wallet.installed_refused",
                wallet=self._wallet,
                reason=getattr(problem, "code", str(problem)),
                kept_old=self.value is not None,
            )
            return
        if self.problem is not None:
            log.info("wallet.installed_mended", wallet=self._wallet)
        self.problem = None


class Installed:
    """What every business without keys of its own uses."""

    def __init__(self, settings: WalletSettings) -> None:
        self._settings = settings
        self.apple: Kept[PassCertificate] = Kept(
            "apple",
            (settings.apple_certificate, settings.apple_key, settings.apple_password, settings.apple_wwdr),
            self._read_apple,
        )
        self.google: Kept[ServiceAccount] = Kept(
            "google", (settings.google_service_account,), self._read_google
        )

    def look(self) -> None:
        """Follow the files. A few `stat` calls."""
        self.apple.look()
        self.google.look()

    def _read_apple(self) -> PassCertificate | None:
        given = self._settings
        if given.apple_certificate is None:
            return None
        return read_certificate(
            given.apple_certificate.read(),
            key=None if given.apple_key is None else given.apple_key.read(),
            password=None if given.apple_password is None else given.apple_password.read_text(),
            wwdr=None if given.apple_wwdr is None else given.apple_wwdr.read(),
            nfc_public_key=given.apple_nfc_public_key,
        )

    def _read_google(self) -> ServiceAccount | None:
        given = self._settings
        if given.google_service_account is None or given.google_issuer is None:
            return None
        return read_service_account(
            given.google_service_account.read(), given.google_issuer, other_hosts=token_hosts(given)
        )


def token_hosts(settings: WalletSettings) -> tuple[str, ...]:
    """Where tokens may be asked for besides Google: beside the stand-in of its API, which only tests name."""
    host = None if settings.google_api_url is None else urlsplit(settings.google_api_url).hostname
    return () if host is None else (host,)
