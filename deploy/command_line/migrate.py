"""`atelier migrate`: bring a service's tables up to date."""

import asyncio
from typing import Annotated

import typer

from deploy.command_line.local_system import database_url, speak_for
from deploy.command_line.service_name import Service
from shared.runtime import migrations


def migrate(service: Annotated[Service, typer.Argument(help="Whose database")]) -> None:
    """Bring a service's tables up to date. Safe to repeat, and while the service runs."""
    speak_for(service)
    asyncio.run(migrations.migrate(service, database_url()))
    typer.echo(f"The tables of {service} are up to date.")
