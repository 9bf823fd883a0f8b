"""The token that lets somebody on another machine set this server up: printed when it starts, useless afterwards."""

import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

_FILE: Final = "setup.token"


class SetupToken:
    """A file in the data folder, so that every process of this machine knows the same token."""

    def __init__(self, data: Path) -> None:
        self._path = data / _FILE

    def ensure(self) -> str:
        """The token; makes it when there is none. For `cardamom serve`, which prints it while nobody exists."""
        if not self._path.exists():
            # mkstemp makes it readable for this user only; of two processes that start together one makes the link.
            handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=f".{_FILE}-")
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(24))
            with suppress(FileExistsError):
                os.link(temporary, self._path)
            os.unlink(temporary)
        return self._path.read_text(encoding="ascii")

    def matches(self, given: str) -> bool:
        """Whether this is the token; False where none was made."""
        try:
            token = self._path.read_text(encoding="ascii")
        except FileNotFoundError:
            return False
        return hmac.compare_digest(token.encode(), given.encode())

    def discard(self) -> None:
        """Set-up is done."""
        self._path.unlink(missing_ok=True)
