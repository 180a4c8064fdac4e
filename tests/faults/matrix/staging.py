"""Setting the stage: fresh servers, links, the system with an organiser, and the load."""

import contextlib
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

from deploy.demo.perform import ORGANISER, _command
from deploy.embedded.ports import LOOPBACK
from deploy.embedded.system import System
from tests.faults.matrix.fault import Brokers
from tests.faults.matrix.load import Load
from tests.faults.matrix.readers import Readers
from tests.faults.matrix.servers import FaultServers
from tests.faults.matrix.smtp import SmtpFront
from tests.faults.matrix.stage import Stage
from tests.faults.matrix.wiring import NOWHERE, PATIENCE, Wiring


@contextlib.asynccontextmanager
async def set_stage(
    *, brokers: Brokers = 1, seed: int = 0, defect: tuple[str, str] | None = None, keep_in: Path | None = None
) -> AsyncIterator[Stage]:
    """Everything new, and everything gone afterwards.

    Args:
        brokers: of Kafka.
        seed: of what the links leave to chance.
        defect: name and process of the defect to be planted, if any.
        keep_in: a folder for the processes' logs, should they be worth keeping.
    """
    prefix = f"matrix-{uuid.uuid4().hex[:6]}."
    with tempfile.TemporaryDirectory(prefix="atelier-matrix-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        stage: Stage | None = None
        wiring = Wiring(directory / "control", seed=seed, defect=defect)
        try:
            async with contextlib.AsyncExitStack() as stack:
                servers = await stack.enter_async_context(
                    FaultServers(directory / "servers", wiring.kafka_ports, brokers=brokers, topic_prefix=prefix)
                )
                stack.push_async_callback(wiring.stop)
                wiring.lead_to(servers)
                smtp = await stack.enter_async_context(SmtpFront(NOWHERE))
                wiring.links["notifications-smtp"].target = (LOOPBACK, smtp.port)
                system = await stack.enter_async_context(
                    System(
                        directory / "system",
                        servers=servers,
                        topic_prefix=prefix,
                        test_clock=True,
                        environment=PATIENCE,
                        adapt=wiring.adapt,
                    )
                )
                smtp.target = (LOOPBACK, int(system.environment("notifications")["ATELIER_SMTP_PORT"]))
                token, password = await _sign_up(system)
                load = Load(system.front_door, token=token, now=system.clock.now)
                stack.push_async_callback(load.close)
                await stack.enter_async_context(Readers(load, address=ORGANISER, password=password))
                stage = Stage(directory, system, load, servers, smtp, wiring.links)
                yield stage
        finally:
            if keep_in is not None and (stage is None or stage.worth_keeping):
                _keep_logs(directory, keep_in)


async def _sign_up(system: System) -> tuple[str, str]:
    """An organiser's token and password, made on the command line as an operator does."""
    environment = system.environment("registration")
    created = await _command(["organiser", "create", "--address", ORGANISER, "--name", "Organiser"], environment)
    printed = await _command(["organiser", "token", "--address", ORGANISER, "--name", "fault matrix"], environment)
    return printed.split()[-1], created.split()[-1]


def _keep_logs(directory: Path, keep_in: Path) -> None:
    keep_in.mkdir(parents=True, exist_ok=True)
    # Not Kafka's segments, whose names end in the same way
    for log in (*directory.glob("system/logs/*.log"), *directory.glob("servers/*/*.log")):
        with contextlib.suppress(OSError):
            shutil.copy(log, keep_in / log.name)
