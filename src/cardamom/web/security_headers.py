"""What every answer says about itself: which sources a page may use, who may frame it, what it tells other sites."""

from typing import Final

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
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=(), payment=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_SAME_ORIGIN: Final = (*_HEADERS, (b"referrer-policy", b"same-origin"))
_NO_REFERRER: Final = (*_HEADERS, (b"referrer-policy", b"no-referrer"))


def security_headers(path: str) -> tuple[tuple[bytes, bytes], ...]:
    """What an answer to this path says; raw, because it is said with every answer."""
    return _NO_REFERRER if path.startswith(CAPABILITY_PREFIX) else _SAME_ORIGIN
