"""Card holders in the dashboard: `/app/customers`. Everything works without a script."""

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Request, get, post
from litestar.response import Redirect, Template

from cardamom.access.permissions import Permission
from cardamom.access.sessions import Session
from cardamom.customers import forms, queries, service
from cardamom.customers.panels import STATE_KEY, fill
from cardamom.customers.wording import CHANNEL_NAMES, PURPOSE_NAMES, SOURCE_NAMES, say_birthday
from cardamom.db.database import Database
from cardamom.kit.errors import Refused
from cardamom.kit.i18n import current_language
from cardamom.kit.ids import is_id
from cardamom.kit.languages import language
from cardamom.kit.phone import display_phone
from cardamom.ledger.writer import Ledger
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader

MAY_READ = {"permission": Permission.CUSTOMERS_READ}
MAY_WRITE = {"permission": Permission.CUSTOMERS_WRITE}

_PAGE = 50
_MAX_SEARCH_LENGTH = 100
_AT_THE_FORM = frozenset({409, 422})

AnyRequest = Request[Any, Any, Any]


class CustomerPages(Controller):
    """The list, one customer, and what staff change about them."""

    path = "/app/customers"
    include_in_schema = False

    @get(opt=MAY_READ)
    async def list_all(
        self, merchant: Merchant, session: Session, database: Database, q: str = "", after: str = ""
    ) -> Template:
        wanted = q.strip()[:_MAX_SEARCH_LENGTH]
        cursor = after if is_id(after) else None
        async with database.reading(merchant.id) as tx:
            if wanted:
                found = await queries.search(tx, merchant.id, wanted, limit=_PAGE)
            else:
                found = await queries.newest_customers(tx, merchant.id, after=cursor, limit=_PAGE + 1)
        has_more = len(found) > _PAGE
        return Template(
            "customers/list.html",
            context={
                **_frame(merchant, session),
                "q": wanted,
                "customers": found[:_PAGE],
                "next_url": f"/app/customers?{urlencode({'after': found[_PAGE - 1].id})}" if has_more else "",
                "first_url": "/app/customers" if cursor else "",
            },
        )

    @get("/new", opt=MAY_WRITE)
    async def begin(self, merchant: Merchant, session: Session) -> Template:
        context = {**_frame(merchant, session), "form": forms.empty_form()}
        return Template("customers/new.html", context=context)

    @post(opt=MAY_WRITE)
    async def create(
        self, request: AnyRequest, merchant: Merchant, session: Session, ledger: Ledger
    ) -> Template | Redirect:
        form = forms.sent_form(await request.form())
        try:
            created = await service.create_customer(
                ledger,
                actor=session.actor,
                merchant_id=merchant.id,
                given=forms.given_contact(form),
                region=merchant.region,
                key=form.act_key(),
            )
        except Refused as refusal:
            told = _told_at_the_form(form, refusal)
            return Template(
                "customers/new.html",
                context={**_frame(merchant, session), **told},
                status_code=refusal.status,
            )
        return Redirect(f"/app/customers/{created.facts['customer_id']}?saved=1", status_code=303)

    @get("/{customer_id:str}", opt=MAY_READ)
    async def read(
        self, request: AnyRequest, customer_id: str, merchant: Merchant, session: Session, database: Database
    ) -> Template:
        context = await _customer_context(request, database, merchant, session, customer_id)
        return Template("customers/customer.html", context=context)

    @post("/{customer_id:str}", opt=MAY_WRITE)
    async def update(
        self,
        request: AnyRequest,
        customer_id: str,
        merchant: Merchant,
        session: Session,
        ledger: Ledger,
        database: Database,
    ) -> Template | Redirect:
        form = forms.sent_form(await request.form())
        try:
            await service.update_customer(
                ledger,
                actor=session.actor,
                merchant_id=merchant.id,
                customer_id=customer_id,
                given=forms.given_changes(form),
                region=merchant.region,
                key=form.act_key(),
            )
        except Refused as refusal:
            told = _told_at_the_form(form, refusal)
            context = await _customer_context(request, database, merchant, session, customer_id)
            return Template(
                "customers/customer.html",
                context={**context, **told, "is_editing": True},
                status_code=refusal.status,
            )
        return Redirect(f"/app/customers/{customer_id}?saved=1", status_code=303)

    @post("/{customer_id:str}/withdraw", opt=MAY_WRITE)
    async def withdraw(
        self, request: AnyRequest, customer_id: str, merchant: Merchant, session: Session, ledger: Ledger
    ) -> Redirect:
        """The customer told staff that they no longer agree."""
        form = forms.WithdrawalForm(await request.form())
        await service.record_consent(
            ledger,
            actor=session.actor,
            merchant_id=merchant.id,
            customer_id=customer_id,
            given=forms.withdrawal_of(form, language=current_language()),
            source="staff",
            key=form.act_key(),
        )
        return Redirect(f"/app/customers/{customer_id}?saved=1", status_code=303)


async def _customer_context(
    request: AnyRequest, database: Database, merchant: Merchant, session: Session, customer_id: str
) -> dict[str, Any]:
    """Everything on a customer's page. Raises NotFound."""
    async with database.reading(merchant.id) as tx:
        customer = await queries.customer_by_id(tx, merchant.id, customer_id)
        history = await queries.consent_history(tx, merchant.id, customer_id)
        panels = await fill(request.app.state.get(STATE_KEY, ()), tx, merchant.id, customer_id)
    return {
        **_frame(merchant, session),
        "customer": customer,
        "history": history,
        "panels": panels,
        "form": forms.form_of(customer),
        "is_saved": "saved" in request.query_params,
        "is_editing": False,
        "withdrawal_form": forms.withdrawal_form,
    }


def _told_at_the_form(form: forms.ContactForm, refusal: Refused) -> dict[str, Any]:
    """The form as it was sent, with the refusal. Raises it where the form is not what is wrong."""
    if refusal.status not in _AT_THE_FORM:
        raise refusal
    return {"form": form, "refused": forms.refuse(form, refusal)}


def _frame(merchant: Merchant, session: Session) -> dict[str, Any]:
    """What the dashboard's frame and every template of this package need."""
    return {
        "merchant_name": text_for_reader(merchant, merchant.name),
        "person_name": session.person_name,
        "time_zone": merchant.time_zone,
        "may_write": Permission.CUSTOMERS_WRITE in session.actor.permissions,
        "say_phone": lambda phone: display_phone(phone, region=merchant.region),
        "say_birthday": say_birthday,
        "language_name": lambda code: language(code).name,
        "channel_names": CHANNEL_NAMES,
        "purpose_names": PURPOSE_NAMES,
        "source_names": SOURCE_NAMES,
    }


routes = [CustomerPages]
