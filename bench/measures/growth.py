"""What one registration and one page cost when few people have registered before, and when very many have."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from bench import machine
from bench.console import Account
from bench.fill import past
from bench.measures.pages import open_all, pages
from bench.measures.registration import AHEAD, play
from bench.rest import until_at_rest, until_tidied
from bench.result import Result
from bench.size import Size
from bench.stand import Stand

MOST = 1.5
"""Times the cost among few."""
PAGE = "processor time of one page, opened when nothing else is left to be done"
WARM_UP = 0.1
"""Part of the visitors who come before anything is counted."""
FILLS = {"registration": past.REGISTRATION, "notifications": past.NOTIFICATIONS, "certificates": past.CERTIFICATES}


@dataclass(frozen=True)
class Costs:
    """Processor milliseconds, by what they were spent on; `split` says of which of Atelier's processes.

    `loop_ns`: how fast the machine was meanwhile, as a turn of an empty loop says. Few come minutes before many.
    """

    each: Mapping[str, float]
    split: Mapping[str, Mapping[str, float]]
    loop_ns: float


async def measure(stand: Stand, size: Size) -> list[Result]:
    """The same workshop twice, with people added in between."""
    [(workshop_id, slug)] = await stand.workshops(1)
    await until_at_rest(stand.system)
    account = await Account.create(stand)
    few = await _with(stand, account, workshop_id, slug, 1, size.grown_from, size)
    # Those who registered while it was measured have numbers of their own; the next begin far behind them.
    begin = size.grown_from + size.grown_visits * 2
    many = await _with(stand, account, workshop_id, slug, begin, begin + size.grown_to - size.grown_from, size)
    return [_result(name, few, many, size) for name in few.each]


async def _with(stand: Stand, account: Account, workshop_id: str, slug: str, first: int, last: int, size: Size) -> Costs:
    for service, statements in FILLS.items():
        await past.fill(stand.administered(service), statements, UUID(workshop_id), first, last)
    options = ["--ahead", str(AHEAD), "--mails", str(stand.mails)]
    await play(stand, [slug], [*options, "--count", str(int(size.grown_visits * WARM_UP))])
    loop_ns = machine.loop_ns()
    played = await play(stand, [slug], [*options, "--count", str(size.grown_visits)])
    loop_ns = (loop_ns + machine.loop_ns()) / 2
    people = len(played.moments)
    await until_at_rest(stand.system)
    await until_tidied(stand.servers.database_url)
    opened = await open_all(stand, account, await pages(stand, workshop_id, slug, (first, last)), size.grown_page_requests)
    return Costs(
        {"registration": played.usage.atelier * 1000 / people, **{f"page_{name}": one.cpu_ms for name, one in opened.items()}},
        {"registration": played.usage.per_unit(people), **{f"page_{name}": one.split for name, one in opened.items()}},
        loop_ns,
    )


def _result(name: str, few: Costs, many: Costs, size: Size) -> Result:
    times = many.each[name] / few.each[name]
    return Result(
        name=f"growth.{name}",
        value=round(times, 2),
        unit="times",
        goal=f"at {size.grown_to:,} at most {MOST:g} times as much as at {size.grown_from:,}",
        met=times <= MOST,
        cpu_ms=round(many.each[name], 3),
        split=many.split[name],
        beside={
            "cpu_ms_among_few": round(few.each[name], 3),
            "loop_ns": round(many.loop_ns, 1),
            "loop_ns_among_few": round(few.loop_ns, 1),
            **{f"{process}_among_few": cost for process, cost in few.split[name].items()},
        },
        note="processor time of one registration, everything up to its mail" if name == "registration" else PAGE,
    )
