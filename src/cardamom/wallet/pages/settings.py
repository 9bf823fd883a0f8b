"""`/app/wallet`: the owner's page of both wallets. Works without a script."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import msgspec
from litestar import Controller, Request, get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from cardamom.access.permissions import Permission
from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.clock import now
from cardamom.kit.errors import Refused
from cardamom.kit.i18n import _, ngettext, say_number
from cardamom.kit.text import isolate
from cardamom.ledger.commands import new_key
from cardamom.ledger.writer import Ledger
from cardamom.merchants.frame import dashboard_frame
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs.queries import programs_of
from cardamom.wallet import credential_service
from cardamom.wallet.credential_errors import CredentialMissing
from cardamom.wallet.expiry import SOON_DAYS
from cardamom.wallet.forms import AppleForm, GoogleForm, RemoveForm
from cardamom.wallet.rollouts import Rollout, rollouts_of
from cardamom.wallet.sealed import AppleMaterial, GoogleMaterial, WalletName
from cardamom.wallet.standing import Standing, Trouble, saved_passes, standing_of, troubles_of
from cardamom.wallet.wallets import Wallets

MANAGE: Final = {"permission": Permission.WALLETS_MANAGE}
#: Far more than keys have: whoever chose a photograph instead is told so at its field.
MOST_FORM_BYTES: Final = 32 * 1024 * 1024

_PAGE: Final = "/app/wallet"
_AT_THE_FORM: Final = frozenset({404, 409, 422})
_APPLE_FIELDS: Final = {
    "certificate_password_wrong": "password",
    "certificate_key_missing": "private_key",
    "certificate_key_unreadable": "private_key",
    "certificate_key_unsupported": "private_key",
    "certificate_key_mismatch": "private_key",
    "certificate_wwdr_missing": "wwdr",
    "certificate_wwdr_unreadable": "wwdr",
    "certificate_wwdr_wrong": "wwdr",
    "certificate_wwdr_expired": "wwdr",
    "certificate_nfc_key_wrong": "nfc_public_key",
}

AnyRequest = Request[Any, Any, Any]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Something that goes wrong with passes, in words. passes: how many have it now."""

    wallet: WalletName
    words: str
    passes: str


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A redesign on its way to the passes."""

    words: str
    done: int
    total: int


class WalletPages(Controller):
    path = _PAGE
    include_in_schema = False

    @get(opt=MANAGE)
    async def show(
        self, request: AnyRequest, merchant: Merchant, actor: Actor, database: Database, wallets: Wallets
    ) -> Template:
        return await _page(merchant, actor, database, wallets, is_saved="saved" in request.query_params)

    @post("/apple", opt=MANAGE, request_max_body_size=MOST_FORM_BYTES)
    async def set_apple(
        self,
        request: AnyRequest,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        wallets: Wallets,
    ) -> Template | Redirect:
        """Take a certificate. A refusal stands at the file that it is about."""
        data = await request.form()
        form = AppleForm(data)
        try:
            given = AppleMaterial(
                certificate=await _needed(data.get("certificate"), "certificate"),
                key=await _read(data.get("private_key")),
                password=form.text("password") or None,
                wwdr=await _read(data.get("wwdr")),
                nfc_public_key=form.text("nfc_public_key").strip() or None,
            )
            await credential_service.set_apple(
                ledger,
                wallets=wallets,
                actor=actor,
                merchant_id=merchant.id,
                given=given,
                key=form.act_key(),
            )
        except Refused as refusal:
            if refusal.status not in _AT_THE_FORM:
                raise
            form.key.data = new_key()
            form.refuse(refusal, _APPLE_FIELDS, otherwise=_field_of(refusal, form))
            return await _page(merchant, actor, database, wallets, apple=form)
        return Redirect(f"{_PAGE}?saved=1", status_code=303)

    @post("/google", opt=MANAGE, request_max_body_size=MOST_FORM_BYTES)
    async def set_google(
        self,
        request: AnyRequest,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        wallets: Wallets,
    ) -> Template | Redirect:
        """Take a service account."""
        data = await request.form()
        form = GoogleForm(data)
        try:
            given = GoogleMaterial(
                account=await _needed(data.get("account"), "account"), issuer=form.text("issuer")
            )
            await credential_service.set_google(
                ledger,
                wallets=wallets,
                actor=actor,
                merchant_id=merchant.id,
                given=given,
                key=form.act_key(),
            )
        except Refused as refusal:
            if refusal.status not in _AT_THE_FORM:
                raise
            form.key.data = new_key()
            form.refuse(refusal, {}, otherwise=_field_of(refusal, form))
            return await _page(merchant, actor, database, wallets, google=form)
        return Redirect(f"{_PAGE}?saved=1", status_code=303)

    @post("/apple/remove", opt=MANAGE)
    async def remove_apple(
        self, request: AnyRequest, merchant: Merchant, actor: Actor, ledger: Ledger, wallets: Wallets
    ) -> Redirect:
        return await _remove(request, merchant, actor, ledger, wallets, "apple")

    @post("/google/remove", opt=MANAGE)
    async def remove_google(
        self, request: AnyRequest, merchant: Merchant, actor: Actor, ledger: Ledger, wallets: Wallets
    ) -> Redirect:
        return await _remove(request, merchant, actor, ledger, wallets, "google")


async def _remove(
    request: AnyRequest,
    merchant: Merchant,
    actor: Actor,
    ledger: Ledger,
    wallets: Wallets,
    wallet: WalletName,
) -> Redirect:
    form = RemoveForm(await request.form())
    await credential_service.remove(
        ledger, wallets=wallets, actor=actor, merchant_id=merchant.id, wallet=wallet, key=form.act_key()
    )
    return Redirect(f"{_PAGE}?saved=1", status_code=303)


async def _read(given: object) -> bytes | None:
    """A file that was chosen; browsers send an empty one where none was. The size of a request is limited."""
    if not isinstance(given, UploadFile):
        return None
    content: bytes = await given.read()
    return content or None


async def _needed(given: object, field: str) -> bytes:
    content = await _read(given)
    if content is None:
        raise CredentialMissing(field=field)
    return content


def _field_of(refusal: Refused, form: AppleForm | GoogleForm) -> str:
    """The field that a refusal names, else the file that everything else belongs to."""
    named = refusal.facts.get("field")
    if named == "key":
        return "private_key"
    if isinstance(named, str) and named in form:
        return named
    return "certificate" if isinstance(form, AppleForm) else "account"


async def _page(
    merchant: Merchant,
    actor: Actor,
    database: Database,
    wallets: Wallets,
    *,
    apple: AppleForm | None = None,
    google: GoogleForm | None = None,
    is_saved: bool = False,
) -> Template:
    """Both wallets; a form that was refused stands open in its place."""
    async with database.reading(merchant.id) as tx:
        saved = await saved_passes(tx, merchant.id)
        troubles = await troubles_of(tx, merchant.id)
        running = [each for each in await rollouts_of(tx, merchant.id) if each.finished_at is None]
        names = {each.id: each.name for each in await programs_of(tx, merchant.id)} if running else {}
    standings = {
        name: await standing_of(wallets.credentials, merchant.id, name) for name in ("apple", "google")
    }
    context = {
        **dashboard_frame(actor, merchant),
        **standings,
        "apple_form": apple or AppleForm(),
        "google_form": google or GoogleForm(),
        "act": RemoveForm,
        "refused": apple is not None or google is not None,
        "is_saved": is_saved,
        "has_address": wallets.has_address,
        "saved": saved,
        "lines": [_line(each, standings[each.wallet]) for each in troubles],
        "rollouts": [_progress(merchant, each, names) for each in running],
        "days": _days(standings["apple"]),
        "is_soon": _is_soon(standings["apple"]),
    }
    status = 200 if apple is None and google is None else 422
    return Template("wallet/settings.html", context=context, status_code=status)


def _line(trouble: Trouble, standing: Standing) -> Line:
    passes = ngettext("%(count)s pass", "%(count)s passes", trouble.count)
    return Line(
        wallet=trouble.wallet,
        words=trouble.sentence(account=standing.account or "", message=""),
        passes=passes % {"count": say_number(trouble.count)},
    )


def _progress(merchant: Merchant, rollout: Rollout, names: dict[str, Any]) -> Progress:
    told = {"done": say_number(rollout.done), "total": say_number(rollout.total)}
    if rollout.program_id in names:
        name = isolate(text_for_reader(merchant, names[rollout.program_id]))
        words = _("The new look of %(name)s has reached %(done)s of %(total)s passes.") % {
            "name": name,
            **told,
        }
    else:
        words = _("The new look has reached %(done)s of %(total)s passes.") % told
    return Progress(words=words, done=rollout.done, total=max(rollout.total, 1))


def _days(standing: Standing) -> str:
    """How long a certificate is still good, in words; "" for what does not end or has ended."""
    left = standing.days_left(now())
    if left is None or left < 0:
        return ""
    if left == 0:
        return _("It ends today.")
    return ngettext("%(count)s day left", "%(count)s days left", left) % {"count": say_number(left)}


def _is_soon(standing: Standing) -> bool:
    """Whether it is time to renew, and not yet too late."""
    ends = standing.expires_at
    return ends is not None and now() < ends <= now() + timedelta(days=SOON_DAYS)


routes: list[ControllerRouterHandler] = [WalletPages]
