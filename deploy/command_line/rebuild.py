"""`atelier rebuild`: make the database of notifications or certificates anew from the topics."""

import asyncio
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from asyncpg import InterfaceError, PostgresError
from pydantic import SecretStr

from deploy.command_line.dead_letter_search import moment
from deploy.command_line.local_system import database_url, speak_for
from deploy.command_line.service_name import Service
from services.certificates.document.folder import DocumentFolder
from services.certificates.rebuilding import create_recipe as recipe_of_certificates
from services.certificates.settings import CertificatesSettings
from services.certificates.storage.documents import WithoutDocument
from services.notifications.rebuilding import create_recipe as recipe_of_notifications
from services.notifications.settings import NotificationsSettings
from shared.runtime.failures import describe
from shared.runtime.rebuild import RebuildError, Rebuilt, Recipe, rebuild
from shared.runtime.settings import ServiceSettings

PROGRESS_EVERY = 2.0
INCOMPLETE = 3
"""Exit status: rebuilt, and something is missing that is named."""

app = typer.Typer(
    help="Make a service's database anew from the topics, in an empty, migrated database. Its worker must not run. Nothing is sent.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def notifications(
    lost_at: Annotated[
        datetime | None,
        typer.Option(
            "--lost-at",
            parser=moment,
            metavar="MOMENT",
            help="When the worker was lost (UTC). Without it, what it had in hand when Kafka last heard of it is uncertain, and so is "
            "every reminder that fell due since: it may have gone on without Kafka",
        ),
    ] = None,
) -> None:
    """Rebuild the database of notifications: every message with the fate that was told of it."""
    speak_for(Service.NOTIFICATIONS)
    settings = NotificationsSettings(database_url=SecretStr(database_url()))
    _tell(_run(settings, recipe_of_notifications(settings), lost_at=lost_at))


@app.command()
def certificates(
    documents: Annotated[
        Path, typer.Option(help="Folder with the PDF files of a backup, named by serial or SHA-256", exists=True, file_okay=False)
    ],
) -> None:
    """Rebuild the database of certificates, with the PDF files of a backup. Those that are missing are named; the exit status is then 3."""
    speak_for(Service.CERTIFICATES)
    folder, lacking = DocumentFolder(documents), list[WithoutDocument]()
    _tell(_run(CertificatesSettings(database_url=SecretStr(database_url())), recipe_of_certificates(folder.find, lacking=lacking.append)))
    tell_missing(folder, lacking)


def tell_missing(folder: DocumentFolder, lacking: list[WithoutDocument]) -> None:
    """Name the certificates without their document, and end with a status of its own if there are any."""
    for certificate in lacking:
        why = "the file has other bytes than were issued" if folder.holds(certificate.serial) else "no file"
        typer.echo(f"{certificate.serial}  {certificate.state}  sha256 {certificate.sha256}  {why}", err=True)
    if lacking:
        raise typer.Exit(INCOMPLETE)


def _run(settings: ServiceSettings, recipe: Recipe, *, lost_at: datetime | None = None) -> Rebuilt:
    told_at = time.monotonic()

    def tell(line: str) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= PROGRESS_EVERY:
            told_at = time.monotonic()
            typer.echo(f"… {line}", err=True)

    try:
        return asyncio.run(rebuild(settings, recipe, lost_at=lost_at, tell=tell))
    except RebuildError as error:
        typer.echo(f"Nothing was changed: {error}", err=True)
        raise typer.Exit(1) from None
    except (KafkaError, PostgresError, InterfaceError, OSError, TimeoutError) as error:
        typer.echo(f"A server failed: {describe(error)}. When it is well, begin again with an empty database.", err=True)
        raise typer.Exit(1) from None


def _tell(rebuilt: Rebuilt) -> None:
    for topic, count in rebuilt.records.items():
        typer.echo(f"{count:>10}  records of {topic}")
    for outcome, count in sorted(rebuilt.outcomes.items()):
        if count:
            typer.echo(f"{count:>10}  {outcome}")
    for line in rebuilt.lines:
        typer.echo(line)
    typer.echo("The database is rebuilt: the worker may start.")
