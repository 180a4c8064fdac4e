"""`atelier organiser`: accounts and tokens of organisers."""

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import SecretStr

from deploy.command_line.local_system import database_url, speak_for
from services.registration.domain.refusals import InvalidFieldError, RefusedError
from services.registration.use_cases.create_api_token import create_api_token
from services.registration.use_cases.create_organiser import create_organiser
from shared.runtime.clock import create_clock
from shared.runtime.database import Connection, connect
from shared.runtime.settings import ServiceSettings

T = TypeVar("T")
app = typer.Typer(help="Accounts and tokens of organisers.", no_args_is_help=True, add_completion=False)

Address = Annotated[str, typer.Option(prompt="Mail address", help="Mail address, with which the organiser signs in")]


@app.command()
def create(
    address: Address,
    name: Annotated[str, typer.Option(prompt="Name", help="Name, which colleagues see beside what the organiser does")],
    password_file: Annotated[
        Path | None, typer.Option(help="Read the password from this file's first line", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Create an account. Asks for the password; makes one and prints it where nobody can be asked."""
    made = ""
    if password_file:
        password = password_file.read_text().split("\n", 1)[0]
    elif sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = made = secrets.token_urlsafe(15)
    _run(lambda connection, now: create_organiser(connection, address, name, password, now=now))
    typer.echo(f"{address} can sign in at the console." + (f" Password, shown only now: {made}" if made else ""))


@app.command()
def token(
    address: Address,
    name: Annotated[str, typer.Option(prompt="What the token is for", help="What the token is for")],
) -> None:
    """Make a token for programs that act for an organiser, and print it. It is shown only now."""
    typer.echo(_run(lambda connection, now: create_api_token(connection, address, name, now=now)))


def _run(command: Callable[[Connection, datetime], Awaitable[T]]) -> T:
    speak_for("registration")
    settings = ServiceSettings(database_url=SecretStr(database_url()))

    async def in_a_transaction() -> T:
        connection = await connect(settings, application_name="atelier organiser")
        try:
            async with connection.transaction():
                return await command(connection, create_clock(settings).now())
        finally:
            await connection.close()

    try:
        return asyncio.run(in_a_transaction())
    except RefusedError as error:
        field = f"{error.field}: " if isinstance(error, InvalidFieldError) else ""
        typer.echo(f"Nothing was changed: {field}{error}", err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"The database does not answer ({error}). Is the system running?", err=True)
        raise typer.Exit(1) from None
