"""What our processes say: lines for people on a terminal, JSON for everything else. Always on standard error.

No code, token, password, phone number or address of a customer leaves here, whoever logged it.
"""

import logging
import os
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final

import msgspec
import structlog
from structlog.typing import ExcInfo, Processor

#: Values under these names are never written. "code" includes the codes of cards and vouchers.
SECRET_NAMES: Final = frozenset(
    {
        "authentication_token",
        "authorization",
        "code",
        "codes",
        "cookie",
        "device_library_identifier",
        "email",
        "login",
        "password",
        "phone",
        "push_token",
        "secret",
        "secret_key",
        "token",
    }
)
_WITHHELD = "[withheld]"
#: PostgreSQL repeats the row that it refused.
_DETAIL = re.compile(r"^DETAIL:.*$", re.MULTILINE)

#: What these libraries tell at the level "info" is of interest to their authors.
_QUIET = ("procrastinate", "alembic", "asyncio", "httpcore2", "httpx2", "litestar")


def configure_logs(*, least: int = logging.INFO) -> None:
    """Set up structlog and the standard library's logging of this process, both in the same form.

    least: the first level that is written. A command that says all it finds in sentences writes only what is critical.
    """
    is_watched = sys.stderr.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(
            fmt="%H:%M:%S" if is_watched else "iso", utc=not is_watched, key="at"
        ),
        withhold_secrets,
        structlog.processors.ExceptionRenderer(_told),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _for_people() if is_watched else _as_json(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(least)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(least, logging.WARNING))


def withhold_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace what must not be written, at any depth."""
    return {name: _safe(name, value) for name, value in event.items()}


def _safe(name: str, value: Any) -> Any:
    if name.lower() in SECRET_NAMES:
        return _WITHHELD
    if isinstance(value, dict):
        return {key: _safe(str(key), inner) for key, inner in value.items()}
    return value


def _told(exc_info: ExcInfo) -> str:
    """A traceback without local variables, which hold what customers told us."""
    return _DETAIL.sub(f"DETAIL: {_WITHHELD}", "".join(traceback.format_exception(*exc_info)))


def _for_people() -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors="NO_COLOR" not in os.environ,
        pad_event_to=0,
        timestamp_key="at",
        exception_formatter=structlog.dev.plain_traceback,
    )


def _as_json() -> Processor:
    return structlog.processors.JSONRenderer(serializer=_encoded)


def _encoded(event: Any, **_options: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
