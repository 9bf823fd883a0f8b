"""What every answer says about itself: which sources a page may use, who may frame it, what it tells other sites."""

from typing import TYPE_CHECKING, Final

from litestar.datastructures import MutableScopeHeaders

if TYPE_CHECKING:
    from litestar.types import Message, Scope

#: Nothing inline and nothing foreign. 'wasm-unsafe-eval' is for the till's barcode reader.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "object-src 'none'",
    )
)

#: The address of a customer's card is its key: no other page may learn it.
CAPABILITY_PREFIX: Final = "/c/"

_HEADERS: Final = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)


async def set_security_headers(message: "Message", scope: "Scope") -> None:
    """A `before_send` hook: answers of handlers, errors and files alike. A header that a handler set stays."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in _HEADERS:
        headers.setdefault(name, value)
    capability = scope["path"].startswith(CAPABILITY_PREFIX)
    headers.setdefault("Referrer-Policy", "no-referrer" if capability else "same-origin")
