"""A browser without a screen: keeps its own cookies, sends forms as they stand on a page, runs no script."""

from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any

from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.people import Somebody

ORIGIN = "https://cards.example.org"


class Browser:
    """One visitor. Several may share the application's client."""

    def __init__(self, client: AsyncTestClient[Litestar], *, language: str = "en") -> None:
        self._client = client
        self._language = language
        self.cookies: dict[str, str] = {}
        self.page: Response | None = None

    async def open(self, path: str, **headers: str) -> Response:
        """Go to a page; redirects are followed by hand, as a test wants to see them."""
        return await self._send("GET", path, headers=headers)

    async def submit(self, action: str, fields: dict[str, Any] | None = None, **headers: str) -> Response:
        """Send the form of the page at hand that leads to `action`, with some fields filled in."""
        assert self.page is not None
        form = forms_of(self.page.text)[action]
        return await self.post(action, {**form, **(fields or {})}, **headers)

    async def post(self, path: str, fields: dict[str, Any], **headers: str) -> Response:
        told = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", **headers}
        return await self._send("POST", path, headers=told, data=fields)

    async def sign_in(self, somebody: Somebody) -> None:
        await self.open("/signin")
        answer = await self.submit(
            "/signin", {"login": somebody.person.login, "password": somebody.person.password}
        )
        assert answer.status_code == 303, answer.text

    async def _send(self, method: str, path: str, *, headers: dict[str, str], **more: Any) -> Response:
        told = {"Accept-Language": self._language, **headers}
        if self.cookies:
            told["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self._client.cookies.clear()
        answer = await self._client.request(method, path, headers=told, follow_redirects=False, **more)
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        self.page = answer
        return answer


def forms_of(html: str) -> dict[str, dict[str, Any]]:
    """What each form of a page would send as it stands, by its action."""
    parser = _Forms()
    parser.feed(html)
    return parser.forms


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, Any]] = {}
        self._form: dict[str, Any] | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name = told.get("name") or ""
        if tag == "form":
            self._form = self.forms.setdefault(told.get("action") or "", {})
        elif self._form is None:
            return
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select is not None:
            if "selected" in told or self._select not in self._form:
                self._form[self._select] = told.get("value")
        elif tag == "input" and name:
            self._take_input(name, told)

    def _take_input(self, name: str, told: dict[str, str | None]) -> None:
        assert self._form is not None
        if told.get("type") == "checkbox":
            if "checked" in told:
                self._form.setdefault(name, []).append(told.get("value") or "on")
        elif told.get("type") != "radio" or "checked" in told:
            self._form[name] = told.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
