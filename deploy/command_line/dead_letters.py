"""`atelier dead-letters`: records that were set aside, looked at and replayed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from pydantic import SecretStr

from deploy.command_line.consumers import consumers_of
from deploy.command_line.local_system import database_url, speak_for
from deploy.command_line.service_name import Service
from shared.runtime.clock import create_clock
from shared.runtime.database import Connection, connect
from shared.runtime.dead_letters import DeadLetter, ReplayError, list_, replay, show
from shared.runtime.settings import ServiceSettings

T = TypeVar("T")
app = typer.Typer(help="Records that could not be decoded or handled, and were set aside.", no_args_is_help=True, add_completion=False)

Whose = Annotated[Service, typer.Argument(help="The service that set it aside")]
Which = Annotated[int, typer.Argument(help="Its number in the list")]


@app.command("list")
def show_list(
    service: Whose,
    after: Annotated[int, typer.Option(help="Only those with a greater number")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="At most so many")] = 100,
    *,
    replayed: Annotated[bool, typer.Option(help="Those too that were replayed already")] = False,
) -> None:
    """List them, oldest first, with why each was set aside."""
    letters = _run(service, lambda connection, _settings: list_(connection, replayed=replayed, after=after, limit=limit))
    for letter in letters:
        typer.echo(
            f"{letter.id}  {letter.recorded_at:%Y-%m-%d %H:%M:%SZ}  {_place(letter)}  {letter.type or 'unknown type'}  {letter.reason}"
        )
    if not letters:
        typer.echo("There are none.")


@app.command("show")
def show_one(
    service: Whose, number: Which, *, value: Annotated[bool, typer.Option(help="Print the raw value too, which may be personal")] = False
) -> None:
    """Show one with everything that is known of it."""
    letter = _run(service, lambda connection, _settings: show(connection, number))
    if letter is None:
        typer.echo(f"There is no dead letter {number}.", err=True)
        raise typer.Exit(1)
    known = {
        "from": _place(letter),
        "key": letter.key or (letter.record_key or b"").decode(errors="backslashreplace"),
        "type": letter.type,
        "event": letter.event_id,
        "sequence": letter.sequence,
        "produced": letter.record_time.isoformat(),
        "set aside": letter.recorded_at.isoformat(),
        "replayed": letter.replayed_at.isoformat() if letter.replayed_at else "no",
        "why": letter.reason,
        "bytes": 0 if letter.value is None else len(letter.value),
    }
    for name, what in known.items():
        typer.echo(f"{name:>10}  {'' if what is None else what}")
    if value and letter.value is not None:
        typer.echo(letter.value.decode(errors="backslashreplace"))


@app.command("replay")
def replay_one(service: Whose, number: Which) -> None:
    """Handle one again, and tell which later facts of the same key were applied meanwhile."""
    try:
        done = _run(
            service,
            lambda connection, settings: replay(connection, number, consumers_of(service), now=create_clock(settings).now()),
        )
    except ReplayError as error:
        typer.echo(f"Nothing was changed: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Dead letter {number}: {done.outcome}.")
    if done.later is None:
        typer.echo("Its topic has no sequence: what came later cannot be told.")
    for fact in done.later or ():
        typer.echo(f"  later, applied already: {fact.sequence}  {fact.type}  {fact.processed_at:%Y-%m-%d %H:%M:%SZ}  {fact.event_id}")


def _place(letter: DeadLetter) -> str:
    return f"{letter.topic}[{letter.partition}]@{letter.offset}"


def _run(service: Service, command: Callable[[Connection, ServiceSettings], Awaitable[T]]) -> T:
    speak_for(service)
    settings = ServiceSettings(database_url=SecretStr(database_url()))

    async def connected() -> T:
        connection = await connect(settings, application_name="atelier dead-letters")
        try:
            return await command(connection, settings)
        finally:
            await connection.close()

    return asyncio.run(connected())
