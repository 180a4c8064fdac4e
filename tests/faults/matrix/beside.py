"""More processes of a kind, beside the system's own."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Mapping

from deploy.embedded.ports import free_ports
from deploy.embedded.service_process import ServiceProcess
from tests.faults.matrix.host import CONTROL
from tests.faults.matrix.stage import Stage

START_WITHIN = 240.0


@contextlib.asynccontextmanager
async def beside(
    stage: Stage, process: str, number: int = 1, *, environment: Mapping[str, str] | None = None
) -> AsyncIterator[list[ServiceProcess]]:
    """So many more of a process, ready; at the end they are stopped, those that were killed or stand still included."""
    original = stage.system.process(process)
    more = []
    for index, port in enumerate(free_ports(number), 2):
        name = f"{process}-{index}"
        # A control folder of its own: a kill point is armed for one process.
        more.append(original.another(name, port=port, environment={CONTROL: str(stage.control(name)), **(environment or {})}))
    try:
        for each in more:
            each.launch()
        await asyncio.gather(*(each.ready(within=START_WITHIN) for each in more))
        yield more
    finally:
        for each in more:
            await each.kill(signal.SIGCONT)
        await asyncio.gather(*(each.stop() for each in more))
