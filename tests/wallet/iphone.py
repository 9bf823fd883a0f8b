"""An iPhone, as the PassKit web service knows it: it reads passes, registers, is pushed, lists, fetches, complains.

It is as strict as a phone: a pass with a wrong hash, a signature that openssl does not accept, a serial that changes
in an update, or an answer that is not in Apple's documentation is an error here (PassKit web service; PassKit package
format).
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import secrets
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import msgspec

IMF_FIXDATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT"
)
#: Without -purpose any, openssl wants a certificate for mail.
_OPENSSL = ("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null")
PKPASS = "application/vnd.apple.pkpass"
PKPASSES = "application/vnd.apple.pkpasses"


class Refused(AssertionError):
    """What a phone would not take."""


class Answer(Protocol):
    """What a client of httpx's kind gives back."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Any: ...

    @property
    def content(self) -> bytes: ...


class Client(Protocol):
    """A test client of the application, or a real one."""

    async def request(self, method: str, url: str, **more: Any) -> Answer: ...


class Opened(msgspec.Struct, frozen=True):
    """A pass that a phone could read. files: by their names in the bundle."""

    document: dict[str, Any]
    files: dict[str, bytes]

    @property
    def serial(self) -> str:
        return str(self.document["serialNumber"])

    @property
    def pass_type(self) -> str:
        return str(self.document["passTypeIdentifier"])

    @property
    def is_voided(self) -> bool:
        return bool(self.document.get("voided", False))

    @property
    def messages(self) -> list[str]:
        """What its barcodes say to a scanner."""
        return [each["message"] for each in self.document.get("barcodes", [])]

    def value(self, key: str) -> Any:
        """Of the front or back field with this key. Raises KeyError."""
        for style in ("storeCard", "coupon"):
            for fields in self.document.get(style, {}).values():
                for field in fields if isinstance(fields, list) else []:
                    if field["key"] == key:
                        return field["value"]
        raise KeyError(key)


def opened(content: bytes, *, trusted: bytes) -> Opened:
    """Read a .pkpass as a phone does. trusted: PEM of the root that it believes. Raises Refused."""
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        files = {name: bundle.read(name) for name in bundle.namelist()}
    if not {"pass.json", "manifest.json", "signature", "icon.png"} <= files.keys():
        raise Refused(f"files are missing: {sorted(files)}")
    manifest = json.loads(files["manifest.json"])
    listed = files.keys() - {"manifest.json", "signature"}
    if manifest.keys() != listed:
        raise Refused("the manifest does not list just the files")
    for name in listed:
        if hashlib.sha1(files[name]).hexdigest() != manifest[name]:
            raise Refused(f"another hash: {name}")
    _require_signature(files["manifest.json"], files["signature"], trusted)
    document = json.loads(files["pass.json"])
    if ("webServiceURL" in document) != ("authenticationToken" in document):
        raise Refused("an address without a token, or a token without an address")
    if len(document.get("authenticationToken", "x" * 16)) < 16:
        raise Refused("the token is too short")
    return Opened(document, files)


def _require_signature(manifest: bytes, signature: bytes, trusted: bytes) -> None:
    """openssl decides. Raises Refused."""
    with tempfile.TemporaryDirectory() as folder:
        names = {"manifest.json": manifest, "signature": signature, "root.pem": trusted}
        for name, content in names.items():
            (Path(folder) / name).write_bytes(content)
        checked = subprocess.run(
            [*_OPENSSL, "-in", "signature", "-content", "manifest.json", "-CAfile", "root.pem"],
            cwd=folder,
            capture_output=True,
            check=False,
        )
    if checked.returncode:
        raise Refused(checked.stderr.decode())


class IPhone:
    """One phone with its passes. `push_token` changes when the phone is set up anew."""

    def __init__(self, client: Client, *, trusted: bytes, device: str | None = None) -> None:
        self._client = client
        self._trusted = trusted
        self.device = device or secrets.token_hex(16)
        self.push_token = secrets.token_hex(32)
        self.passes: dict[str, Opened] = {}
        self._last_modified: dict[str, str] = {}
        #: By pass type, as it was told; a phone never looks inside.
        self.tags: dict[str, str] = {}

    async def add(self, content: bytes) -> Opened:
        """Add to Apple Wallet: read the pass and register for it."""
        added = opened(content, trusted=self._trusted)
        self.passes[added.serial] = added
        await self.register(added)
        return added

    async def register(self, held: Opened) -> int:
        """201 for a new registration, 200 for one that is known."""
        answer = await self.ask(
            "POST", self._registration(held), held=held, json={"pushToken": self.push_token}
        )
        if answer.status_code not in {200, 201}:
            raise Refused(f"Unexpected response code {answer.status_code}")
        return answer.status_code

    async def remove(self, held: Opened) -> None:
        """The owner deletes the pass."""
        answer = await self.ask("DELETE", self._registration(held), held=held)
        if answer.status_code != 200:
            raise Refused(f"Unexpected response code {answer.status_code}")
        del self.passes[held.serial]
        self._last_modified.pop(held.serial, None)

    async def be_pushed(self, pass_type: str) -> list[str]:
        """What a push leads to: ask what changed, then fetch each. The serials of what was fetched anew."""
        fetched = []
        for serial in await self.list_changed(pass_type):
            if serial in self.passes and await self.fetch(self.passes[serial]):
                fetched.append(serial)
        return fetched

    async def list_changed(self, pass_type: str) -> list[str]:
        """The serials that the service says have changed; the tag is kept for the next time."""
        tag = self.tags.get(pass_type)
        since = "" if tag is None else f"?passesUpdatedSince={quote(tag, safe='')}"
        path = f"/v1/devices/{self.device}/registrations/{pass_type}{since}"
        answer = await self._client.request("GET", self._base() + path)
        if answer.status_code == 204:
            return []
        if answer.status_code != 200:
            raise Refused(f"Unexpected response code {answer.status_code}")
        said = json.loads(answer.content)
        if not (isinstance(said["lastUpdated"], str) and said["serialNumbers"]):
            raise Refused(f"not a list of serials with a tag: {said}")
        if said["lastUpdated"] == tag:
            raise Refused("there are changes, but the lastUpdated tag remained the same")
        self.tags[pass_type] = said["lastUpdated"]
        return list(said["serialNumbers"])

    async def fetch(self, held: Opened) -> Opened | None:
        """The newest version; None where the phone has it (304)."""
        since = self._last_modified.get(held.serial)
        headers = {} if since is None else {"If-Modified-Since": since}
        answer = await self.ask("GET", self._pass(held), held=held, headers=headers)
        if answer.status_code == 304:
            return None
        if answer.status_code != 200:
            raise Refused(f"Unexpected response code {answer.status_code}")
        if answer.headers["content-type"] != PKPASS:
            raise Refused(f"not a pass: {answer.headers['content-type']}")
        if not IMF_FIXDATE.fullmatch(answer.headers["last-modified"]):
            raise Refused(f"not an HTTP date: {answer.headers['last-modified']}")
        update = opened(answer.content, trusted=self._trusted)
        for key in ("serialNumber", "passTypeIdentifier", "authenticationToken"):
            if update.document[key] != held.document[key]:
                raise Refused(f"an update must not change {key}")
        self.passes[held.serial] = update
        self._last_modified[held.serial] = answer.headers["last-modified"]
        return update

    async def look(self, held: Opened) -> Answer:
        """HEAD, as some phones do."""
        return await self.ask("HEAD", self._pass(held), held=held)

    async def complain(self, *lines: str) -> int:
        """Write to the service's log."""
        answer = await self._client.request("POST", f"{self._base()}/v1/log", json={"logs": list(lines)})
        return answer.status_code

    async def ask(self, method: str, path: str, *, held: Opened, **more: Any) -> Answer:
        """A request about a pass, with its token."""
        headers = {
            "Authorization": f"ApplePass {held.document['authenticationToken']}",
            **more.pop("headers", {}),
        }
        return await self._client.request(method, self._base(held) + path, headers=headers, **more)

    def _base(self, held: Opened | None = None) -> str:
        """The path of the service: the test client has the host."""
        any_pass = held or next(iter(self.passes.values()))
        return urlsplit(any_pass.document["webServiceURL"]).path

    def _registration(self, held: Opened) -> str:
        return f"/v1/devices/{self.device}/registrations/{held.pass_type}/{held.serial}"

    def _pass(self, held: Opened) -> str:
        return f"/v1/passes/{held.pass_type}/{held.serial}"
