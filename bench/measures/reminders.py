"""How fast a reminder is planned for a workshop with very many people, and whether the mails of another workshop notice."""

import asyncio
import time
from uuid import UUID

import asyncpg

from bench.fill import past
from bench.measures.growth import MOST
from bench.measures.registration import Round, play
from bench.rest import until_at_rest, until_tidied
from bench.result import Result, percentiles
from bench.size import Size
from bench.stand import Stand
from bench.usage import Watch

LEAST_RATE, GOAL_P99_MS = 100_000.0, 1000.0
BYSTANDERS_RATE = 20.0
"""People a second who register for another workshop."""
RULE = {"id": "eve", "anchor": "start", "days": -1, "at": "17:00"}
LOOK_EACH = 0.1
WITHIN = 900.0


async def measure(stand: Stand, size: Size) -> list[Result]:
    """A workshop without reminders gets one, a small one first; visitors come to another before the large one does, and all the while."""
    [(small, _), (large, _)] = await stand.workshops(2, reminders=[])
    [(_, other)] = await stand.workshops(1)
    await until_at_rest(stand.system)
    await past.fill(stand.administered("notifications"), past.NOTIFICATIONS, UUID(small), 1, size.grown_from)
    await until_tidied(stand.servers.database_url)
    watch = Watch(stand.roots)
    _, few = await _plan(stand, small)
    of_few = watch.stop()
    await past.fill(stand.administered("notifications"), past.NOTIFICATIONS, UUID(large), 1, size.planned)
    # What the server clears away after these rows is neither the people's nor the reminder's.
    await until_tidied(stand.servers.database_url)
    seconds = size.bystanders / BYSTANDERS_RATE
    before = await play(stand, [other], ["--seconds", str(seconds), "--rate", str(BYSTANDERS_RATE)])
    watch = Watch(stand.roots)
    planning = asyncio.create_task(_plan(stand, large))
    meanwhile: list[Round] = []
    while not planning.done():
        # In short waves, so that the last of them ends soon after the planning.
        meanwhile.append(await play(stand, [other], ["--seconds", "5", "--rate", str(BYSTANDERS_RATE)], to_rest=False))
    took, planned = await planning
    usage = watch.stop()
    waits = [wait for wave in meanwhile for wait in wave.waits]
    calm, disturbed = percentiles(before.waits), percentiles(waits)
    rate = planned / took
    came = sum(len(wave.moments) for wave in meanwhile)
    claimed = usage.less(before.usage, came / len(before.moments))
    cost, cost_among_few = claimed.atelier * 1000 / planned, of_few.atelier * 1000 / few
    most = usage.atelier * 1000 / planned / cost_among_few
    bystander = before.usage.atelier * 1000 / len(before.moments)
    return [
        Result(
            name="reminder.plan",
            value=round(rate),
            unit="registrations/s",
            goal=f"at least {LEAST_RATE:,.0f}/s",
            met=rate >= LEAST_RATE,
            cpu_ms=round(cost, 4),
            split=claimed.per_unit(planned),
            beside={
                "seconds": round(took, 1),
                "cpu_ms_with_bystanders": round(usage.atelier * 1000 / planned, 4),
                "bystanders": came,
                "cpu_ms_of_a_bystander": round(bystander, 2),
            },
            note=(
                f"{planned:,} registrations, from the organiser's command until each has its reminder; the worker sends mails meanwhile; "
                "processor time is without that of the people of the other workshop, at what they cost before"
            ),
        ),
        Result(
            name="reminder.others_mail",
            value=disturbed["p99"],
            unit="ms",
            goal=f"p99 below {GOAL_P99_MS:.0f} ms while the reminder is planned, and at most {MOST:g} times what it was before",
            met=disturbed["p99"] < GOAL_P99_MS and disturbed["p99"] <= MOST * calm["p99"],
            **disturbed,
            beside={"p50_before": calm["p50"], "p95_before": calm["p95"], "p99_before": calm["p99"], "mails": len(waits)},
            note=(f"{BYSTANDERS_RATE:.0f} people a second who register for another workshop, from the answer to the mail"),
        ),
        Result(
            name="growth.reminder",
            value=round(cost / cost_among_few, 2),
            unit="times",
            goal=f"at {planned:,} at most {MOST:g} times as much as at {few:,}",
            met=_judged(cost / cost_among_few, most),
            cpu_ms=round(cost, 4),
            split=claimed.per_unit(planned),
            beside={
                "times_with_bystanders": round(most, 2),
                "cpu_ms_subtracted": round((usage.atelier - claimed.atelier) * 1000 / planned, 4),
                "cpu_ms_among_few": round(cost_among_few, 4),
                **{f"{process}_among_few": value for process, value in of_few.per_unit(few).items()},
            },
            note=(
                "processor time of one registration's reminder; among many less what the people of the other workshop cost before, "
                "among few nobody came meanwhile and nothing is subtracted; not judged where it is met with that taken off and not without"
            ),
        ),
    ]


def _judged(least: float, most: float) -> bool | None:
    """People who come while the processor is busy cost less than they did before: what is taken off for them may be too much."""
    if most <= MOST:
        return True
    return False if least > MOST else None


async def _plan(stand: Stand, workshop_id: str) -> tuple[float, int]:
    """Seconds until each registration has its reminder, and how many have."""
    connection = await asyncpg.connect(stand.database("notifications"))
    try:
        began = time.monotonic()
        await stand.organiser.edit_workshop(workshop_id, {"reminders": [RULE]})
        while not await _has_spread(connection, workshop_id):
            if time.monotonic() - began > WITHIN:
                raise TimeoutError(f"the reminder was not planned within {WITHIN:.0f} s")
            await asyncio.sleep(LOOK_EACH)
        took = time.monotonic() - began
        planned: int = await connection.fetchval(
            "SELECT count(*) FROM messages WHERE workshop_id = $1 AND purpose = 'reminder'", UUID(workshop_id)
        )
    finally:
        await connection.close()
    return took, planned


async def _has_spread(connection: asyncpg.Connection, workshop_id: str) -> bool:
    spread: bool = await connection.fetchval(
        """
        SELECT EXISTS (SELECT FROM agenda a WHERE a.workshop_id = w.workshop_id) AND NOT w.spread_pending FROM workshops w
        WHERE w.workshop_id = $1
        """,
        UUID(workshop_id),
    )
    return spread
