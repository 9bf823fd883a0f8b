"""What can be refused.

A refusal has a code that never changes, facts, and a sentence for people. Services raise it, or the ledger stores it
as the outcome of an operation and it is rendered later from code and facts, in the reader's language: so facts are
JSON types only (an instant is an ISO string), and never a code, a token or a phone number.

    Refused
      Malformed         422  malformed
        BodyTooDeep     422  body_too_deep
        NotJson         422  not_json
      NotSignedIn       401  not_signed_in
      NotPermitted      403  not_permitted
      NotFound          404  not_found
      Conflict          409  (no code)
        KeyReused       409  key_reused
      Gone              410  (no code)
      TooLarge          413  body_too_large
      TooManyRequests   429  too_many_requests   facts: retry_after_seconds
      Unavailable       503  busy                facts: retry_after_seconds

Each package adds its own below these, one class per refusal.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from cardamom.kit.catalogs import _, ngettext, say_number

#: By code.
_registry: dict[str, type["Refused"]] = {}


class Refused(Exception):
    """Something was asked for that is not done, and the asker is told why.

    A class without a code of its own stands for a kind of refusal and cannot be raised. A class below one with a code
    must name its own.
    """

    code: ClassVar[str]
    status: ClassVar[int] = 409

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "code" not in cls.__dict__:
            if hasattr(cls, "code"):
                raise TypeError(f"{cls.__name__} must name its own code")
            return
        if cls.code in _registry:
            raise TypeError(f"the code {cls.code!r} belongs to {_registry[cls.code].__name__}")
        _registry[cls.code] = cls

    def __init__(self, **facts: Any) -> None:
        if not hasattr(self, "code"):
            raise TypeError(f"{type(self).__name__} is a kind of refusal; raise one with a code")
        self.facts: dict[str, Any] = facts
        super().__init__(self.code)

    def sentence(self) -> str:
        """Why, in one sentence for people, in the language in force."""
        raise TypeError(f"{type(self).__name__} has no sentence")


def refusal(code: str, facts: Mapping[str, Any]) -> Refused:
    """Make a stored refusal again from its code and facts. Raises LookupError for a code that nobody defines."""
    try:
        found = _registry[code]
    except KeyError as error:
        raise LookupError(f"no refusal has the code {code!r}") from error
    return found(**facts)


def all_refusals() -> Mapping[str, type[Refused]]:
    """Every refusal that has been imported, by code."""
    return MappingProxyType(_registry)


class Malformed(Refused):
    """The request cannot be read. Facts: field, where one is to blame."""

    code = "malformed"
    status = 422

    def sentence(self) -> str:
        return _("This request could not be read.")


class BodyTooDeep(Malformed):
    """JSON that is nested deeper than we read."""

    code = "body_too_deep"

    def sentence(self) -> str:
        return _("This request is nested too deeply.")


class NotJson(Malformed):
    """The body is not JSON."""

    code = "not_json"

    def sentence(self) -> str:
        return _("This request is not valid JSON.")


class NotSignedIn(Refused):
    """Nobody is known to be asking."""

    code = "not_signed_in"
    status = 401

    def sentence(self) -> str:
        return _("Sign in first.")


class NotPermitted(Refused):
    """The actor is known, and this is not theirs to do. Facts: permission."""

    code = "not_permitted"
    status = 403

    def sentence(self) -> str:
        return _("You do not have permission to do this.")


class NotFound(Refused):
    """There is no such thing, or it belongs to somebody else: one answer for both."""

    code = "not_found"
    status = 404

    def sentence(self) -> str:
        return _("This could not be found.")


class Conflict(Refused):
    """It cannot be done as things stand."""

    status = 409


class KeyReused(Conflict):
    """The idempotency key came before, with another request."""

    code = "key_reused"

    def sentence(self) -> str:
        return _("This Idempotency-Key was already used for a different request.")


class Gone(Refused):
    """It existed and is no more."""

    status = 410


class TooLarge(Refused):
    """The body is larger than we read. Facts: limit_bytes."""

    code = "body_too_large"
    status = 413

    def sentence(self) -> str:
        return _("This request is too large.")


class TooManyRequests(Refused):
    """The caller is over a limit. Facts: retry_after_seconds."""

    code = "too_many_requests"
    status = 429

    def __init__(self, *, retry_after_seconds: int, **facts: Any) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds, **facts)

    def sentence(self) -> str:
        seconds = self.facts["retry_after_seconds"]
        return ngettext(
            "Too many requests. Try again in %(seconds)s second.",
            "Too many requests. Try again in %(seconds)s seconds.",
            seconds,
        ) % {"seconds": say_number(seconds)}


class Unavailable(Refused):
    """We cannot do it now and may soon. Facts: retry_after_seconds."""

    code = "busy"
    status = 503

    def __init__(self, *, retry_after_seconds: int = 1, **facts: Any) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds, **facts)

    def sentence(self) -> str:
        return _("The system is busy. Try again in a moment.")
