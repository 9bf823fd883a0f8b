"""Every answer says which sources it trusts, and a customer's link is told to nobody."""

import pytest
from litestar import Response, get
from litestar.testing import TestClient

from cardamom.web.requests import FramedLitestar
from cardamom.web.security_headers import CONTENT_SECURITY_POLICY


@get(["/app", "/c/secret"], sync_to_thread=False)
def page() -> str:
    return ""


@get("/strict", sync_to_thread=False)
def strict() -> Response[str]:
    return Response("", headers={"Content-Security-Policy": "default-src 'none'"})


@pytest.fixture(scope="module")
def client():
    with TestClient(FramedLitestar([page, strict])) as client:
        yield client


@pytest.mark.parametrize("path", ["/app", "/c/secret", "/nowhere"])
def test_pages_and_errors_carry_the_policy(client, path):
    headers = client.get(path).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["permissions-policy"].startswith("camera=(self)")


def test_nothing_inline_is_allowed():
    assert "unsafe-inline" not in CONTENT_SECURITY_POLICY
    assert "'unsafe-eval'" not in CONTENT_SECURITY_POLICY


def test_the_address_of_a_card_is_told_to_nobody(client):
    assert client.get("/c/secret").headers["referrer-policy"] == "no-referrer"
    assert client.get("/app").headers["referrer-policy"] == "same-origin"


def test_a_handler_may_be_stricter(client):
    assert client.get("/strict").headers["content-security-policy"] == "default-src 'none'"
