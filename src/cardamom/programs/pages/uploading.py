"""Files that come with a form: they are uploaded first, and the form goes on with the names of the pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from litestar.datastructures import UploadFile

from cardamom.kit.actor import Actor
from cardamom.kit.errors import Refused
from cardamom.kit.forms import Form
from cardamom.kit.pictures import (
    MOST_BYTES,
    PictureHasText,
    PictureTooLarge,
    PictureTooManyPixels,
    PictureTypeUnknown,
    PictureUnreadable,
)
from cardamom.ledger.writer import Ledger
from cardamom.merchants.pictures import upload_picture
from cardamom.merchants.schemas import Merchant

#: A form without a script sends all its files at once, beside its other fields.
MOST_FORM_BYTES: Final = 3 * MOST_BYTES + 1024 * 1024

_OF_THE_FILE: Final[tuple[type[Refused], ...]] = (
    PictureHasText,
    PictureTooLarge,
    PictureTooManyPixels,
    PictureTypeUnknown,
    PictureUnreadable,
)


async def take_pictures(
    form: Form, data: Any, names: Iterable[str], *, merchant: Merchant, actor: Actor, ledger: Ledger
) -> dict[str, str]:
    """Upload the files that were chosen, and put the pictures' names into the fields.

    data: the request's fields; the file of the field `logo` is called `logo_file`.
    Returns why a file was not taken, by the name of its field. Raises what is no matter of a file.
    """
    refused = {}
    for name in names:
        file = data.get(f"{name}_file")
        content = await file.read() if isinstance(file, UploadFile) else b""
        if not content:
            continue
        source = hashlib.sha256(content).hexdigest()[:16]
        try:
            picture = await upload_picture(
                ledger,
                actor=actor,
                merchant_id=merchant.id,
                data=content,
                key=f"{form.act_key()}-{name}-{source}",
            )
        except _OF_THE_FILE as refusal:
            refused[name] = refusal.sentence()
        else:
            form[name].data = picture.hash
    return refused
