"""`cardamom wallet`: what an operator or a developer wants to know about passes."""

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardamom.cli.console import Tone, say
from cardamom.cli.problems import CertificateUnreadable, FileUnreadable

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from cardamom.wallet.lint.findings import Finding, Severity

app = typer.Typer(no_args_is_help=True)

_TONES: "dict[Severity, Tone]" = {"error": "red", "warning": "yellow"}
#: Control characters, half characters, and what would turn the rest of the line around.
_UNSHOWN = {"Cc", "Cs"}
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e")

Root = Annotated[
    Path | None,
    typer.Option(
        "--root", metavar="FILE", help="Root certificates (PEM or DER) that signatures must lead to."
    ),
]


@app.callback()
def wallet() -> None:
    """Look at passes for Apple Wallet and Google Wallet."""


@app.command()
def lint(files: Annotated[list[Path], typer.Argument(metavar="FILE")], root: Root = None) -> None:
    """Say what is wrong with passes. Exits with 1 on errors.

    A FILE is a .pkpass, a .pkpasses, a pass.json, or JSON or a save link for Google Wallet.
    """
    from cardamom.wallet.lint.files import lint_file
    from cardamom.wallet.lint.findings import has_error

    roots = [] if root is None else _certificates(root)
    are_sound = True
    for file in files:
        findings = lint_file(_content(file), roots=roots)
        _tell(file, findings)
        are_sound = are_sound and not has_error(findings)
    if not are_sound:
        raise typer.Exit(1)


def _tell(file: Path, findings: "list[Finding]") -> None:
    if not findings:
        say(f"{shown(str(file))}: nothing is wrong.", tone="green")
        return
    errors = sum(1 for finding in findings if finding.severity == "error")
    counted = f"{_counted(errors, 'error')}, {_counted(len(findings) - errors, 'warning')}"
    say(f"{shown(str(file))}: {counted}.", tone="bold")
    for finding in findings:
        where = f"{finding.where}: " if finding.where else ""
        line = f"  {finding.severity:<8}{where}{finding.sentence} ({finding.code})"
        say(shown(line), tone=_TONES[finding.severity])


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shown(text: str) -> str:
    """A text of anybody on one line of a terminal: nothing in it can move the cursor or turn the line around."""
    return "".join(
        f"\\u{ord(letter):04x}" if unicodedata.category(letter) in _UNSHOWN or letter in _TURNING else letter
        for letter in text
    )


def _content(file: Path) -> bytes:
    from cardamom.wallet.lint.files import MOST_FILE_BYTES

    try:
        with file.open("rb") as opened:
            return opened.read(MOST_FILE_BYTES + 1)
    except OSError as error:
        raise FileUnreadable(shown(str(file)), reason=error.strerror or type(error).__name__) from error


def _certificates(file: Path) -> "list[Certificate]":
    from cryptography import x509

    content = _content(file)
    try:
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except ValueError as error:
        raise CertificateUnreadable(shown(str(file))) from error
