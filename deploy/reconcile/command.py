"""`atelier reconcile`: compare databases, Kafka and, where there is one, the mailbox."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from deploy.reconcile.compare import compare
from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.read_world import Addresses, read_world


def reconcile(
    registration_database: Annotated[str, typer.Option(envvar="ATELIER_REGISTRATION_DATABASE_URL", help="postgresql://… of registration")],
    notifications_database: Annotated[str, typer.Option(envvar="ATELIER_NOTIFICATIONS_DATABASE_URL", help="… of notifications")],
    certificates_database: Annotated[str, typer.Option(envvar="ATELIER_CERTIFICATES_DATABASE_URL", help="… of certificates")],
    kafka: Annotated[str, typer.Option(envvar="ATELIER_KAFKA_BOOTSTRAP", help="Kafka, as host:port")] = "localhost:9092",
    topic_prefix: Annotated[str, typer.Option(envvar="ATELIER_TOPIC_PREFIX", help="What stands before the names of topics")] = "",
    mailbox: Annotated[
        str, typer.Option(envvar="ATELIER_MAILBOX_URL", help="The embedded mailbox, as http://host:port; none elsewhere")
    ] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead of text")] = False,
) -> None:
    """Compare databases, Kafka and mailbox. Lists every disagreement with both sides named; exit status 1 when there is any.

    Only reads. Let the system rest first: what is on its way from one side to another is a disagreement too.
    """
    addresses = Addresses(
        registration=registration_database,
        notifications=notifications_database,
        certificates=certificates_database,
        kafka=kafka,
        topic_prefix=topic_prefix,
        mailbox=mailbox.rstrip("/") or None,
    )
    disagreements = asyncio.run(_compare(addresses))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in disagreements], indent=2, ensure_ascii=False))
    else:
        _tell(disagreements, with_mailbox=addresses.mailbox is not None)
    if disagreements:
        raise typer.Exit(1)


async def _compare(addresses: Addresses) -> list[Disagreement]:
    return compare(await read_world(addresses))


def _tell(disagreements: Sequence[Disagreement], *, with_mailbox: bool) -> None:
    console = Console()
    if not disagreements:
        console.print("Databases, mailbox and Kafka agree." if with_mailbox else "Databases and Kafka agree; no mailbox was asked.")
        return
    for one in disagreements:
        console.print(Text.assemble((one.check, "bold red"), "\n  ", one.one_side, "\n  ", one.other_side))
        if one.ids:
            console.print(Text(f"  {', '.join(one.ids)}", style="dim"))
    console.print(Text(f"{len(disagreements)} disagreements", style="bold"))
