"""What can be wrong with a certificate or an account beyond what its own readers refuse."""

from cardamom.kit.errors import Conflict, Malformed, NotFound
from cardamom.kit.i18n import _
from cardamom.kit.text import isolate


class CredentialUnknown(NotFound):
    """The business has no certificate or account of its own for this wallet."""

    code = "credential_unknown"

    def sentence(self) -> str:
        return _("There is nothing to remove: this business has no keys of its own for this wallet.")


class CredentialMissing(Malformed):
    """A form or a call without the one file that is needed. Facts: field."""

    code = "credential_missing"

    def sentence(self) -> str:
        return _("Choose a file first.")


class CredentialTooLarge(Malformed):
    """A file that is far larger than any certificate or key. Facts: field, limit_bytes."""

    code = "credential_too_large"

    def sentence(self) -> str:
        return _("This file is too large to be a certificate or a key.")


class CredentialNotEncoded(Malformed):
    """Over the API files come in base64, unless they are PEM or JSON. Facts: field."""

    code = "credential_not_encoded"

    def sentence(self) -> str:
        return _("Send this file as PEM or JSON text, or in base64.")


class CertificateOfAnotherTeam(Conflict):
    """Passes of this pass type were signed for another team before. Facts: pass_type, team, other_team (the new one).

    Phones refuse an update whose `teamIdentifier` is not that of the pass that they have, and say nothing.
    """

    code = "certificate_of_another_team"

    def sentence(self) -> str:
        names = {name: isolate(str(self.facts[name])) for name in ("pass_type", "team", "other_team")}
        return (
            _(
                "Passes of %(pass_type)s are of team %(team)s, and this certificate is of team %(other_team)s. A pass"
                " type belongs to one team: phones ignore updates that name another. Create the certificate in the"
                " account of %(team)s."
            )
            % names
        )


class CredentialUnreadable(Conflict):
    """What is stored was sealed under another instance key, or no longer passes our checks."""

    code = "credential_unreadable"

    def sentence(self) -> str:
        return _("The stored keys cannot be opened: this server has another instance key. Add them again.")


class InstalledUnreadable(Conflict):
    """The installation's own files cannot be read any more; the log says which."""

    code = "installed_unreadable"

    def sentence(self) -> str:
        return _(
            "A file of this server's certificates cannot be read. Its log says which one: tell whoever runs it."
        )
