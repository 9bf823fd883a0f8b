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
from cardamom.kit.clock import now
from cardamom.kit.errors import Refused
from cardamom.wallet.apple.certificates import PassCertificate, read_certificate
from cardamom.wallet.credential_errors import CertificateOfAnotherTeam
from cardamom.wallet.google.account import ServiceAccount, read_service_account

log = structlog.get_logger(__name__)

T = TypeVar("T")
Stamps = tuple[tuple[int, int, int] | None, ...]


class Kept(Generic[T]):
    """One thing made of settings. problem: why the newest files cannot be used, None where they are in use."""

    def __init__(
        self,
        wallet: str,
        materials: Sequence[Material | None],
        *,
        read: Callable[[], T | None],
        refuse: Callable[[T], None],
        refuse_successor: Callable[[T, T], None],
    ) -> None:
        """refuse: raises Refused for what is readable and cannot be used at this moment.

        refuse_successor: raises Refused for what may not follow on what is in force: (that, the new one).
        """
        self._wallet = wallet
        self._materials = [material for material in materials if material is not None]
        self._read = read
        self._refuse = refuse
        self._refuse_successor = refuse_successor
        self._stamps: Stamps | None = None
        self._newest: T | None = None
        self._logged: tuple[Stamps, str] | None = None
        self.value: T | None = None
        self.problem: Refused | SettingProblem | None = None

    def look(self) -> None:
        """Read the files again when one of them changed since the last look.

        What they hold takes over when it is of use, or when what is in force is not either: then or later.
        """
        stamps = tuple(material.stamp() for material in self._materials)
        if stamps == self._stamps and self._newest is self.value:
            return
        try:
            if stamps != self._stamps:
                self._stamps, self._newest = stamps, self.value
                self._newest = self._read()
            self._compare(self._newest)
        except (Refused, SettingProblem) as problem:
            self._stay(stamps, problem)
        else:
            self._take_over()

    def _compare(self, newest: T | None) -> None:
        """Raises Refused where what is in force is better than the newest."""
        if newest is None or self.value is None:
            return
        self._refuse_successor(self.value, newest)
        if self._is_usable(self.value):
            self._refuse(newest)

    def _is_usable(self, value: T) -> bool:
        try:
            self._refuse(value)
        except Refused:
            return False
        return True

    def _stay(self, stamps: Stamps, problem: Refused | SettingProblem) -> None:
        """Leave in force what is, and say why: in the log once for the same files and reason."""
        self.problem = problem
        reason = getattr(problem, "code", str(problem))
        if self._logged != (stamps, reason):
            self._logged = stamps, reason
            log.error(
                "wallet.installed_refused",
                wallet=self._wallet,
                reason=reason,
                kept_old=self.value is not None,
            )

    def _take_over(self) -> None:
        if self.problem is not None:
            log.info("wallet.installed_mended", wallet=self._wallet)
        self.value, self.problem, self._logged = self._newest, None, None


class Installed:
    """What every business without keys of its own uses."""

    def __init__(self, settings: WalletSettings) -> None:
        self._settings = settings
        self.apple: Kept[PassCertificate] = Kept(
            "apple",
            (settings.apple_certificate, settings.apple_key, settings.apple_password, settings.apple_wwdr),
            read=self._read_apple,
            refuse=_refuse_unless_valid,
            refuse_successor=refuse_another_team,
        )
        self.google: Kept[ServiceAccount] = Kept(
            "google",
            (settings.google_service_account,),
            read=self._read_google,
            refuse=_refuse_nothing,
            refuse_successor=_refuse_no_successor,
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


def refuse_another_team(used: PassCertificate | None, given: PassCertificate) -> None:
    """Raises CertificateOfAnotherTeam where passes of the same pass type name another team. used: before; or none."""
    if used is not None and used.pass_type == given.pass_type and used.team != given.team:
        raise CertificateOfAnotherTeam(pass_type=used.pass_type, team=used.team, other_team=given.team)


def _refuse_unless_valid(certificate: PassCertificate) -> None:
    certificate.refuse_unless_valid(now())


def _refuse_nothing(_account: ServiceAccount) -> None:
    """An account does not end by itself; only Google knows whether it still lets us in."""


def _refuse_no_successor(_old: ServiceAccount, _new: ServiceAccount) -> None:
    """Any account may write for an issuer that let it in."""


def token_hosts(settings: WalletSettings) -> tuple[str, ...]:
    """Where tokens may be asked for besides Google: beside the stand-in of its API, which only tests name."""
    host = None if settings.google_api_url is None else urlsplit(settings.google_api_url).hostname
    return () if host is None else (host,)
