"""What the whole system costs while nobody asks for anything."""

import asyncio

from bench.rest import until_at_rest, until_tidied
from bench.result import Result
from bench.size import Size
from bench.stand import Stand
from bench.usage import Watch


async def measure(stand: Stand, size: Size) -> list[Result]:
    """After people have registered: everything runs, and nothing is left to be done."""
    await until_at_rest(stand.system)
    await until_tidied(stand.servers.database_url)
    watch = Watch(stand.roots)
    await asyncio.sleep(size.idle_seconds)
    usage = watch.stop()
    return [
        Result(
            name="idle.cpu",
            value=round(usage.atelier * 1000 / usage.seconds, 2),
            unit="CPU-ms a second",
            split=usage.per_unit(usage.seconds),
            note=f"all of Atelier's processes for {usage.seconds:.0f} seconds in which nobody comes and no mail is due",
        )
    ]
