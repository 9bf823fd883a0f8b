"""What an installation is told from outside: environment variables, each also as `NAME_FILE` with a path to the value.

A setting that is there and cannot be read stops the start with a sentence; nothing falls back in silence.
"""

import base64
import binascii
import ipaddress
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import platformdirs

from cardamom.db.cluster import SYSTEM_FOLDER, make_data_folder
from cardamom.db.given import text_of
from cardamom.db.problems import SettingProblem
from cardamom.db.wallet_settings import EXPLAINED as WALLETS_EXPLAINED
from cardamom.db.wallet_settings import WalletSettings, wallet_settings
from cardamom.kit.signing import KEY_LENGTH

#: Every setting with what it is for: the reference in the documentation is written from this.
EXPLAINED: Mapping[str, str] = {
    "CARDAMOM_DATA": "The data folder. Default: a folder of the user; for root, /var/lib/cardamom.",
    "CARDAMOM_DATABASE_URL": "A PostgreSQL server (15 or newer) instead of the embedded one: postgresql://user@host/name.",
    "CARDAMOM_BASE_URL": "The address by which customers reach this installation, such as https://loyalty.example.org.",
    "CARDAMOM_SECRET_KEY": "32 bytes in base64 or hexadecimal. Default: made once, in instance.key in the data folder.",
    "CARDAMOM_TRUSTED_PROXIES": (
        "Addresses or networks of reverse proxies, separated by commas: only these are believed about where a "
        "visitor comes from. Default: none."
    ),
    "CARDAMOM_RATE_LIMIT": (
        "API calls a second for each key in each web process; 0 switches the limit off. Default: 5000, which one "
        "business never needs; a shared installation wants less."
    ),
    "CARDAMOM_DATABASE_POOL": "Connections for reading in each web process. Default: 5.",
    "CARDAMOM_WORKER_METRICS": (
        "Where the worker tells Prometheus of pushes and of what is due, such as 127.0.0.1:9464. Default: nowhere."
    ),
    **WALLETS_EXPLAINED,
}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_KEY_FILE = "instance.key"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an installation was told, checked."""

    data: Path
    #: 32 bytes: signs cookies and encrypts the keys that must be read again. Losing it loses those.
    secret_key: bytes
    #: None stands for the embedded server under `data`.
    database_url: str | None = None
    #: Without a slash at the end. None: links are made from the request's own address.
    base_url: str | None = None
    database_pool: int = 5
    trusted_proxies: tuple[Network, ...] = ()
    #: API calls a second, per key and process; 0 is no limit.
    rate_limit: int = 5_000
    #: Host and port of the worker's /metrics.
    worker_metrics: tuple[str, int] | None = None
    wallet: WalletSettings = WalletSettings()

    def __repr__(self) -> str:
        """Without the key and the address, which may hold a password: settings end up in logs."""
        where = "a given server" if self.database_url else "embedded"
        return f"Settings(data={self.data}, database={where}, base_url={self.base_url})"


def load_settings(option: Path | None = None, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings, make the data folder and, at the first time, the instance's key in it.

    option: the data folder that the command line named; it wins over CARDAMOM_DATA.
    environment: instead of the process's own. Raises SettingProblem or WrongPermissions.
    """
    said = os.environ if environment is None else environment
    data = data_folder(option, environment=said)
    make_data_folder(data)
    return Settings(
        data=data,
        secret_key=_secret_key(said, data),
        database_url=_database_url(said),
        base_url=_base_url(said),
        database_pool=_whole_number(said, "CARDAMOM_DATABASE_POOL", default=5, least=1),
        trusted_proxies=_networks(said, "CARDAMOM_TRUSTED_PROXIES"),
        rate_limit=_whole_number(said, "CARDAMOM_RATE_LIMIT", default=5_000, least=0),
        worker_metrics=_host_and_port(said, "CARDAMOM_WORKER_METRICS"),
        wallet=wallet_settings(said),
    )


def data_folder(option: Path | None = None, *, environment: Mapping[str, str] | None = None) -> Path:
    """The data folder: the command line's, CARDAMOM_DATA's, or the default for this user. Does not make it."""
    if option is not None:
        return option.expanduser().absolute()
    told = text_of(os.environ if environment is None else environment, "CARDAMOM_DATA")
    if told is not None:
        return Path(told).expanduser().absolute()
    if os.geteuid() == 0:
        return SYSTEM_FOLDER
    return Path(platformdirs.user_data_dir("cardamom", appauthor=False))


def _whole_number(said: Mapping[str, str], name: str, *, default: int, least: int) -> int:
    told = text_of(said, name)
    if told is None:
        return default
    if not (told.isascii() and told.isdigit()) or int(told) < least:
        raise SettingProblem(name, f"must be a whole number from {least} on.")
    return int(told)


def _networks(said: Mapping[str, str], name: str) -> tuple[Network, ...]:
    parts = (part.strip() for part in (text_of(said, name) or "").split(","))
    try:
        return tuple(ipaddress.ip_network(part, strict=False) for part in parts if part)
    except ValueError as error:
        raise SettingProblem(
            name, "must be addresses or networks such as 10.0.0.0/8, separated by commas."
        ) from error


def _host_and_port(said: Mapping[str, str], name: str) -> tuple[str, int] | None:
    told = text_of(said, name)
    if told is None:
        return None
    host, port = None, None
    with suppress(ValueError):
        parts = urlsplit(f"//{told}")
        host, port = parts.hostname, parts.port
    if not host or not port:
        raise SettingProblem(name, "must be an address with a port, such as 127.0.0.1:9464.")
    return host, port


def _database_url(said: Mapping[str, str]) -> str | None:
    told = text_of(said, "CARDAMOM_DATABASE_URL")
    if told is not None and urlsplit(told).scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        # The value itself is not repeated: it may hold a password.
        raise SettingProblem(
            "CARDAMOM_DATABASE_URL", "must begin with postgresql://. No other database works."
        )
    return told


def _base_url(said: Mapping[str, str]) -> str | None:
    told = text_of(said, "CARDAMOM_BASE_URL")
    if told is None:
        return None
    parts = urlsplit(told)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise SettingProblem("CARDAMOM_BASE_URL", "must be an address such as https://loyalty.example.org.")
    return told.rstrip("/")


def _secret_key(said: Mapping[str, str], data: Path) -> bytes:
    told = text_of(said, "CARDAMOM_SECRET_KEY")
    if told is not None:
        return _decoded("CARDAMOM_SECRET_KEY", told)
    path = data / _KEY_FILE
    if not path.exists():
        _make_key(path)
    try:
        return _decoded(str(path), path.read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise SettingProblem(str(path), f"cannot be read: {error}.") from error


def _decoded(name: str, told: str) -> bytes:
    key = b""
    with suppress(binascii.Error, ValueError):
        key = (
            bytes.fromhex(told)
            if len(told) == 2 * KEY_LENGTH
            else base64.urlsafe_b64decode(_as_urlsafe(told))
        )
    if len(key) != KEY_LENGTH:
        raise SettingProblem(name, f"must be {KEY_LENGTH} bytes in base64 or hexadecimal.")
    return key


def _as_urlsafe(text: str) -> str:
    text = text.replace("+", "-").replace("/", "_").rstrip("=")
    return text + "=" * (-len(text) % 4)


def _make_key(path: Path) -> None:
    """Write a new key, whole or not at all. Of two processes that start together the first one's key stays."""
    text = base64.urlsafe_b64encode(secrets.token_bytes(KEY_LENGTH)).decode("ascii")
    try:
        # mkstemp makes it readable for this user only.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{_KEY_FILE}-")
        with os.fdopen(handle, "w") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
        os.unlink(temporary)
    except OSError as error:
        raise SettingProblem(str(path), f"cannot be written: {error.strerror}.") from error
