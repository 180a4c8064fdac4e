"""Composing a mail, and handing composed ones over, beside a loop that does nothing but send them."""

from bench.fill import messages
from bench.limits import running
from bench.program import Spent, run
from bench.result import Result, median, median_ratio
from bench.size import Size
from bench.stand import Stand
from services.notifications.settings import NotificationsSettings
from shared.runtime.migrations import migrate

GOAL_COMPOSE_MS, LEAST_RATIO = 1.0, 0.6
CONNECTIONS: int = NotificationsSettings.model_fields["smtp_connections"].default


async def measure(stand: Stand, size: Size) -> list[Result]:
    """The same mails composed, handed over as composed before, and sent by a bare loop."""
    composed, delivered, bare = [], [], []
    for _ in range(size.rounds):
        async with running.database(stand.servers.database_url, "bench_mails") as url:
            await migrate("notifications", url)
            await messages.fill(url, size.mails)
            environment = stand.system.environment("notifications") | {
                "ATELIER_DATABASE_URL": url,
                "ATELIER_SMTP_HOST": "127.0.0.1",
                "ATELIER_SMTP_PORT": str(stand.sink_port),
                "ATELIER_SMTP_CONNECTIONS": str(CONNECTIONS),
            }
            sample = stand.directory / "mail.eml"
            composed.append(await run("bench.parts.compose", ["--sample", str(sample)], environment))
            delivered.append(await run("bench.parts.deliver", [], environment))
            options = [
                "--port",
                str(stand.sink_port),
                "--connections",
                str(CONNECTIONS),
                "--mails",
                str(size.mails),
                "--content",
                str(sample),
            ]
            bare.append(await run("bench.limits.send", options))
    return [_composing(composed), _delivering(delivered, bare)]


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
        goal=f"at least {LEAST_RATIO:.0%} of a bare loop with the same client",
        met=ratio >= LEAST_RATIO,
        rounds=rates,
        limit=round(median(limits), 1),
        limit_rounds=limits,
        ratio=round(ratio, 3),
        least_ratio=LEAST_RATIO,
        cpu_ms=round(median([one.cpu_ms for one in rounds]), 3),
        note=f"{CONNECTIONS} connections; composed before, marked and settled in the database, two commits for each mail or fewer",
    )
