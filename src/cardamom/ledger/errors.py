"""Why an operation is not taken back.

Who may undo what, and until when, is decided by the packages whose operations they are.

    NotFound             404
      OperationUnknown   404  operation_unknown
    Conflict             409
      AlreadyUndone      409  already_undone
      NotUndoable        409  not_undoable       facts: kind
      UndoTooLate        409  undo_too_late      facts: window_seconds
"""

from __future__ import annotations

from cardamom.kit.errors import Conflict, NotFound
from cardamom.kit.i18n import _, ngettext, say_number


class OperationUnknown(NotFound):
    """This merchant has no such operation."""

    code = "operation_unknown"

    def sentence(self) -> str:
        return _("There is no such entry in the journal.")


class AlreadyUndone(Conflict):
    """Another operation has reversed it; an operation is reversed once."""

    code = "already_undone"

    def sentence(self) -> str:
        return _("This was already undone.")


class NotUndoable(Conflict):
    """It was refused, so there is nothing to take back, or its kind cannot be reversed. Facts: kind."""

    code = "not_undoable"

    def sentence(self) -> str:
        return _("This cannot be undone.")


class UndoTooLate(Conflict):
    """The few seconds are over in which whoever did it may take it back. Facts: window_seconds."""

    code = "undo_too_late"

    def sentence(self) -> str:
        seconds = self.facts["window_seconds"]
        return ngettext(
            "Undo is possible for %(seconds)s second. Ask a manager.",
            "Undo is possible for %(seconds)s seconds. Ask a manager.",
            seconds,
        ) % {"seconds": say_number(seconds)}
