"""`atelier dead-letters`: records that were set aside, looked at and replayed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from pydantic import SecretStr

from deploy.command_line.consumers import consumers_of
from deploy.command_line.dead_letter_report import Report, place
from deploy.command_line.dead_letter_search import From, Key, Reason, To, TopicName, Type
from deploy.command_line.local_system import database_url, speak_for
from deploy.command_line.service_name import Service
from shared.runtime.clock import create_clock
from shared.runtime.database import Connection, connect
from shared.runtime.dead_letter_replays import replay_each
from shared.runtime.dead_letters import EVERY, Sought, list_, show, waiting
from shared.runtime.settings import ServiceSettings

T = TypeVar("T")
RATE = 50.0
"""Letters a second, unless told otherwise: a fraction of what a worker does beside its other work."""
app = typer.Typer(help="Records that could not be decoded or handled, and were set aside.", no_args_is_help=True, add_completion=False)

Whose = Annotated[Service, typer.Argument(help="The service that set it aside")]
Which = Annotated[int, typer.Argument(help="Its number in the list")]

DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would change, for each as if it were the only one")]


@app.command("list")
def show_list(  # noqa: PLR0913 - each narrows the list
    service: Whose,
    *,
    topic: TopicName = None,
    type_: Type = None,
    reason: Reason = None,
    key: Key = None,
    since: From = None,
    until: To = None,
    after: Annotated[int, typer.Option(help="Only those with a greater number")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="At most so many")] = 100,
    replayed: Annotated[bool, typer.Option(help="Those too that were replayed already")] = False,
) -> None:
    """List them, oldest first, with why each was set aside."""
    sought = Sought(topic, type_, reason, key, since, until)
    letters = _run(service, lambda connection, _settings: list_(connection, sought, replayed=replayed, after=after, limit=limit))
    for letter in letters:
        typer.echo(
            f"{letter.id}  {letter.recorded_at:%Y-%m-%d %H:%M:%SZ}  {place(letter)}  {letter.type or 'unknown type'}  {letter.reason}"
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
        "from": place(letter),
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
def replay_some(  # noqa: PLR0913 - each narrows what is replayed, or says how
    service: Whose,
    number: Annotated[int | None, typer.Argument(help="Its number in the list; or name several with the options below")] = None,
    *,
    topic: TopicName = None,
    type_: Type = None,
    reason: Reason = None,
    key: Key = None,
    since: From = None,
    until: To = None,
    rate: Annotated[float, typer.Option(min=0.01, help="At most so many a second")] = RATE,
    every: Annotated[bool, typer.Option("--all", help="All that were not replayed yet")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; say what would change, for each as if it were the only one")
    ] = False,
) -> None:
    """Handle them again, oldest first, and tell which later facts of the same key were applied meanwhile.

    One that fails stops nothing: it is listed at the end, and the exit status is 1.
    """
    sought = Sought(topic, type_, reason, key, since, until)
    if sum([number is not None, sought != EVERY, every]) != 1:
        raise typer.BadParameter("say which: a number, or options that describe them, or --all; one of these three")

    async def run(connection: Connection, settings: ServiceSettings) -> int:
        numbers = [number] if number is not None else await waiting(connection, sought)
        report = Report(total=len(numbers), dry_run=dry_run)
        replays = replay_each(connection, numbers, consumers_of(service), clock=create_clock(settings), rate=rate, dry_run=dry_run)
        try:
            async for one in replays:
                report.tell(one)
        except Exception:
            if not connection.is_closed():
                raise
            return report.break_off()
        return report.end()

    raise typer.Exit(_run(service, run))


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
