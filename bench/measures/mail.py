"""Composing a mail, and handing composed ones over, beside a loop that does nothing but send them."""

import contextlib
from collections.abc import AsyncIterator

from bench.fill import messages, past
from bench.limits import running
from bench.measures.growth import MOST
from bench.program import Spent, run
from bench.rest import until_tidied
from bench.result import Result, median, median_ratio
from bench.size import Size
from bench.stand import Stand
from bench.usage import Watch
from services.notifications.settings import NotificationsSettings
from shared.runtime.migrations import migrate

GOAL_COMPOSE_MS, LEAST_RATIO = 1.0, 0.6
DATABASE = "bench_mails"
CONNECTIONS: int = NotificationsSettings.model_fields["smtp_connections"].default


async def measure(stand: Stand, size: Size) -> list[Result]:
    """The same mails composed, handed over as composed before, and sent by a bare loop."""
    composed, delivered, bare = [], [], []
    for _ in range(size.rounds):
        async with running.database(stand.servers.database_url, DATABASE) as url:
            await migrate("notifications", url)
            await messages.fill(url, size.mails)
            environment = _environment(stand, url)
            mails = str(stand.directory / "prepared.mails")
            composed.append(await run("bench.parts.compose", [], environment))
            delivered.append(await run("bench.parts.deliver", ["--keep", mails], environment))
            options = ["--port", str(stand.sink_port), "--connections", str(CONNECTIONS), "--mails", mails]
            bare.append(await run("bench.limits.send", options))
    return [_composing(composed), _delivering(delivered, bare), await _growth(stand, size)]


async def _growth(stand: Stand, size: Size) -> Result:
    """The same number of mails by turns, handed over where few have been told before, and where very many have."""
    costs: dict[int, list[float]] = {size.grown_from: [], size.grown_to: []}
    async with contextlib.AsyncExitStack() as databases:
        urls = {people: await databases.enter_async_context(_told(stand, people)) for people in costs}
        for _ in range(size.grown_mail_rounds):
            for people, found in costs.items():
                found.append(await _cost(stand, urls[people], size.mails))
    few, many = costs.values()
    times = median_ratio(many, few)
    return Result(
        name="growth.mail",
        value=round(times, 2),
        unit="times",
        goal=f"at {size.grown_to:,} at most {MOST:g} times as much as at {size.grown_from:,}",
        met=times <= MOST,
        rounds=[one / other for one, other in zip(many, few, strict=True)],
        cpu_ms=round(median(many), 3),
        beside={"cpu_ms_among_few": round(median(few), 3)},
        note="processor time of one mail that was composed before, of its sender and PostgreSQL",
    )


@contextlib.asynccontextmanager
async def _told(stand: Stand, people: int) -> AsyncIterator[str]:
    """A database of notifications in which so many have been told."""
    async with running.database(stand.servers.database_url, f"{DATABASE}_{people}") as url:
        await migrate("notifications", url)
        await past.fill(url, past.NOTIFICATIONS, await messages.fill(url, 0), 1, people)
        yield url


async def _cost(stand: Stand, url: str, mails: int) -> float:
    """Processor milliseconds of one of so many mails."""
    await messages.fill(url, mails)
    await until_tidied(stand.servers.database_url)
    watch = Watch({name: pid for name, pid in stand.roots.items() if name == "postgres"})
    spent = await run("bench.parts.deliver", [], _environment(stand, url))
    return (watch.stop().atelier + spent.cpu) * 1000 / spent.units


def _environment(stand: Stand, url: str) -> dict[str, str]:
    return stand.system.environment("notifications") | {
        "ATELIER_DATABASE_URL": url,
        "ATELIER_SMTP_HOST": "127.0.0.1",
        "ATELIER_SMTP_PORT": str(stand.sink_port),
        "ATELIER_SMTP_CONNECTIONS": str(CONNECTIONS),
    }


def _composing(rounds: list[Spent]) -> Result:
    costs = [one.cpu_ms for one in rounds]
    return Result(
        name="mail.compose",
        value=round(median(costs), 3),
        unit="CPU-ms per mail",
        goal=f"at most {GOAL_COMPOSE_MS:g} CPU-ms",
        met=median(costs) <= GOAL_COMPOSE_MS,
        rounds=costs,
        note="a confirmation, calendar attached, for people of many scripts in two languages",
    )


def _delivering(rounds: list[Spent], bare: list[Spent]) -> Result:
    rates, limits = [one.rate for one in rounds], [one.rate for one in bare]
    ratio = median_ratio(rates, limits)
    return Result(
        name="mail.deliver",
        value=round(median(rates), 1),
        unit="mails/s",
        goal=f"at least {LEAST_RATIO:.0%} of a bare loop that sends the same mails with the same client",
        met=ratio >= LEAST_RATIO,
        rounds=rates,
        limit=round(median(limits), 1),
        limit_rounds=limits,
        ratio=round(ratio, 3),
        least_ratio=LEAST_RATIO,
        cpu_ms=round(median([one.cpu_ms for one in rounds]), 3),
        note=f"{CONNECTIONS} connections; composed before, marked and settled in the database, two commits for each mail or fewer",
    )
