"""`atelier certificate-documents`: the PDF files of certificates, out to a backup and back."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import SecretStr

from deploy.command_line.local_system import database_url, speak_for
from deploy.command_line.rebuild import tell_missing
from deploy.command_line.service_name import Service
from services.certificates.document.folder import DocumentFolder
from services.certificates.storage import documents
from services.certificates.use_cases.replace_without_document import replace_without_document
from services.certificates.use_cases.restore_documents import restore_documents
from shared.runtime.clock import create_clock
from shared.runtime.database import Connection, connect
from shared.runtime.settings import ServiceSettings

T = TypeVar("T")
Folder = Annotated[Path, typer.Argument(help="Holds one file a certificate, named by its serial", file_okay=False)]
app = typer.Typer(help="The PDF files of certificates, out to a backup and back.", no_args_is_help=True, add_completion=False)


@app.command()
def export(folder: Folder) -> None:
    """Write the files that are not in the folder yet, or have a time-stamp since, and delete those of people who were erased.

    Repeat it as often as you like.
    """
    target = DocumentFolder(folder)

    async def run(connection: Connection, _settings: ServiceSettings) -> tuple[int, int]:
        # Listed first, written afterwards: what is erased meanwhile is not found any more.
        serials = [serial async for serial, length in documents.read_documents(connection) if not target.holds(serial, length)]
        written = 0
        for serial in serials:
            pdf = await documents.read_pdf(connection, serial)
            if pdf is not None:
                target.save(serial, pdf)
                written += 1
        removed = sum([target.remove(serial) for serial in await documents.read_erased_serials(connection)])
        return written, removed

    written, removed = _run(run)
    typer.echo(f"{written} written, {removed} of erased people removed.")


@app.command()
def restore(folder: Folder) -> None:
    """Put files back to certificates that lack theirs, where the bytes are those that were issued. Exit status 3: some are missing."""
    source = DocumentFolder(folder)
    restored, missing = _run(lambda connection, _settings: restore_documents(connection, source.find))
    typer.echo(f"{restored} restored, {len(missing)} missing.")
    tell_missing(source, missing)


@app.command()
def replace(
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask", prompt="Replace valid certificates without a PDF, and mail their holders?")
    ],
) -> None:
    """Give holders of a valid certificate without its file a new edition, with a serial of its own; the worker renders and mails it."""
    if not yes:
        raise typer.Abort
    replaced = _run(lambda connection, settings: replace_without_document(connection, now=create_clock(settings).now()))
    typer.echo(f"{replaced} replaced by a new edition.")


def _run(command: Callable[[Connection, ServiceSettings], Awaitable[T]]) -> T:
    speak_for(Service.CERTIFICATES)
    settings = ServiceSettings(database_url=SecretStr(database_url()))

    async def connected() -> T:
        connection = await connect(settings, application_name="atelier certificate-documents")
        try:
            async with connection.transaction():
                return await command(connection, settings)
        finally:
            await connection.close()

    return asyncio.run(connected())
