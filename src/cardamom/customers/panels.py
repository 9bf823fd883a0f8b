"""A place on a customer's page for packages above this one: they know what a customer holds, this one does not.

The application gives its panels in `state.customer_panels`; they are shown in that order.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

STATE_KEY: Final = "customer_panels"


class CustomerPanel(Protocol):
    """A part of the page: a template and the values for it."""

    #: Rendered with the page's own values and what `read` answers.
    template: str

    async def read(self, tx: AsyncConnection, merchant_id: str, customer_id: str) -> Mapping[str, Any]:
        """The values. The customer exists; the caller opened the transaction and checked the permission for the page.

        A panel about something that needs more than CUSTOMERS_READ answers with what anybody who may open the page
        may see.
        """
        ...


class FilledPanel(msgspec.Struct, frozen=True):
    """A panel ready to be shown."""

    template: str
    values: Mapping[str, Any]


async def fill(
    panels: Sequence[CustomerPanel], tx: AsyncConnection, merchant_id: str, customer_id: str
) -> list[FilledPanel]:
    """Ask every panel for its values, one after the other: a transaction answers one question at a time."""
    return [FilledPanel(panel.template, await panel.read(tx, merchant_id, customer_id)) for panel in panels]
