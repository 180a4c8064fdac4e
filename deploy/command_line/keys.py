"""`atelier keys`: what certificates are sealed and credentials signed with, for trial use."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from services.certificates.document.keys import REVOKED, ROOT
from services.certificates.document.making_keys import ROOT_KEY, make_keys, withdraw_seal
from services.certificates.document.signer import SealUnavailableError, read_uri

app = typer.Typer(help="Keys of certificates, for trial use.", no_args_is_help=True, add_completion=False)

Directory = Annotated[Path, typer.Option(help="Folder of the keys, as ATELIER_KEYS_DIRECTORY names it")]
Organisation = Annotated[str, typer.Option(prompt="Organisation", help="Who seals, as it is to stand in the seal")]
Uri = Annotated[
    str,
    typer.Option(
        "--device",
        help="PKCS #11 URI (RFC 7512) of a P-256 key in a device, with token, object, module-path and pin-source: no other is made",
    ),
]
PublicUrl = Annotated[str, typer.Option(prompt="Public address", help="Where people find Atelier, such as https://workshops.example.org")]

WARNING = """\
These keys are for a trial. Whoever checks a seal made with them has to be given {root} and to decide to trust it:
no reader of PDF files does so by itself. For seals that are trusted by themselves, have a trust service provider issue a certificate for
electronic seals, put it and its key in place as the next seal-N.crt and seal-N.key, and its root as trusted-NAME.crt. Keep {root_key} away
from the services: `renew` and `withdraw` alone need it."""


@app.command()
def create(directory: Directory, organisation: Organisation, public_url: PublicUrl, device: Uri = "") -> None:
    """Make a root, a key and certificate for seals, and a key for credentials."""
    if (directory / ROOT_KEY).exists() and any(directory.glob("credential-*.key")):
        typer.echo(f"Nothing was changed: {directory} has keys. `atelier keys renew` makes the next ones under the same root.", err=True)
        raise typer.Exit(1)
    _make(directory, organisation, public_url, device)
    typer.echo(WARNING.format(root=directory / "root.crt", root_key=directory / ROOT_KEY))


@app.command()
def renew(directory: Directory, organisation: Organisation, public_url: PublicUrl, device: Uri = "") -> None:
    """Make the next keys under the same root. What was sealed and signed before stays valid; services use the new ones once restarted."""
    for needed in (ROOT_KEY, ROOT):
        if not (directory / needed).exists():
            typer.echo(f"Nothing was changed: {directory / needed} is not there, and the next keys would need it.", err=True)
            raise typer.Exit(1)
    _make(directory, organisation, public_url, device)


@app.command()
def withdraw(directory: Directory, number: Annotated[int, typer.Option(min=1, help="Of the seal, as in seal-1.crt")]) -> None:
    """Put a seal on the list of those that are withdrawn, because its key came into wrong hands. It cannot be taken off again."""
    try:
        withdraw_seal(directory, number, now=datetime.now(UTC))
    except (OSError, ValueError) as error:
        typer.echo(f"Nothing was changed: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(
        f"seal-{number} is on {directory / REVOKED}. If it is the newest, `atelier keys renew` now: no worker starts with it. "
        "Copy the public files to where the web process reads them; restart it and then the worker. "
        "Certificates sealed with it are refused by others who know the list: have those issued again."
    )


def _is_web_address(text: str) -> bool:
    try:
        found = urlsplit(text)
    except ValueError:
        return False
    return found.scheme in {"http", "https"} and bool(found.hostname)


def _make(directory: Path, organisation: str, public_url: str, device: str) -> None:
    if not _is_web_address(public_url):
        typer.echo("Nothing was changed: --public-url is no web address, such as https://workshops.example.org", err=True)
        raise typer.Exit(1)
    try:
        key = read_uri(device) if device else None
        make_keys(directory, organisation=organisation, public_url=public_url.rstrip("/"), now=datetime.now(UTC), device=key)
    except (OSError, ValueError, SealUnavailableError) as error:
        typer.echo(f"The keys could not be written: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo("\n".join(sorted(str(path) for path in directory.iterdir())))
