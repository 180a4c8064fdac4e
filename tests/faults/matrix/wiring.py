"""What the processes of the system are told so that a link stands between any two of them, and a host around each of the product's."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from deploy.embedded.databases import SERVICES
from deploy.embedded.environments import python_command
from deploy.embedded.ports import LOOPBACK
from tests.faults.matrix.host import CONTROL, DEFECT
from tests.faults.matrix.link import Link
from tests.faults.matrix.servers import FaultServers

HOST = "tests.faults.matrix.host"
NOWHERE = (LOOPBACK, 9)
"""Until it is known where a link leads to."""

PATIENCE = {
    # What was in a killed process's hands is taken over after seconds, so that an episode is short. The order of the figures is the
    # product's: a text is given up before its claim is, and a statement before both.
    "ATELIER_SMTP_TIMEOUT": "4",
    "ATELIER_SENDING_SECONDS": "9",
    "ATELIER_CLAIM_SECONDS": "6",
    "ATELIER_RETRY_FIRST_SECONDS": "0.5",
    "ATELIER_RETRY_LONGEST_SECONDS": "3",
    "ATELIER_RETRY_ATTEMPTS": "200",
    "ATELIER_RENDER_LEASE_SECONDS": "8",
    "ATELIER_RENDER_RETRY_SECONDS": "3",
    "ATELIER_CONSUMER_SESSION_SECONDS": "4",
    "ATELIER_DATABASE_COMMAND_TIMEOUT": "10",
    "ATELIER_LOGIN_RATE_LIMIT": "",
    "ATELIER_VERIFICATION_LIMIT": "1000000/minute",
}
"""Settings of the product that differ from its defaults on this stage."""


def pairs() -> Iterator[str]:
    """The names of all links."""
    for service in SERVICES:
        yield from (f"{service}-postgres", f"{service}-kafka", f"front-door-{service}")
    yield "notifications-smtp"


class Wiring:
    """Makes the links, and puts them between the processes.

    Args:
        control: folder of the control folders.
        seed: of the links' random delays.
        defect: name and process of the defect that is planted, if any.
    """

    def __init__(self, control: Path, *, seed: int = 0, defect: tuple[str, str] | None = None) -> None:
        self.links: Mapping[str, Link] = {name: Link(name, NOWHERE, seed=seed) for name in pairs()}
        self._control = control
        self._defect = defect
        self._servers: FaultServers | None = None

    @property
    def kafka_ports(self) -> dict[str, int]:
        """By service, the port that Kafka has to tell it."""
        return {service: self.links[f"{service}-kafka"].port for service in SERVICES}

    def lead_to(self, servers: FaultServers) -> None:
        """The servers run: links can carry."""
        self._servers = servers
        for service in SERVICES:
            self.links[f"{service}-postgres"].target = servers.postgres_address
            self.links[f"{service}-kafka"].target = servers.kafka_address(service)
        for link in self.links.values():
            link.start()

    async def stop(self) -> None:
        """End every connection."""
        for link in self.links.values():
            await link.stop()

    def adapt(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> tuple[Sequence[str], Mapping[str, str]]:
        """What a process is started with: `System` asks for each."""
        if name == "front-door":
            return command, {**environment, **self._doors(environment)}
        service, _, kind = name.rpartition("-")
        if service not in SERVICES or self._servers is None:
            return command, environment
        folder = self._control / name
        folder.mkdir(parents=True, exist_ok=True)
        told = {
            "ATELIER_DATABASE_URL": _through(environment["ATELIER_DATABASE_URL"], self.links[f"{service}-postgres"].port),
            "ATELIER_KAFKA_BOOTSTRAP": self._servers.bootstrap(service),
            CONTROL: str(folder),
        }
        if service == "notifications":
            told["ATELIER_SMTP_PORT"] = str(self.links["notifications-smtp"].port)
        if self._defect and self._defect[1] == name:
            told[DEFECT] = self._defect[0]
        return [*python_command(HOST), f"services.{service}.{kind}_app"], {**environment, **told}

    def _doors(self, environment: Mapping[str, str]) -> dict[str, str]:
        told = {}
        for service in SERVICES:
            variable, link = f"ATELIER_{service.upper()}_WEB", self.links[f"front-door-{service}"]
            address = urlsplit(environment[variable])
            link.target = (address.hostname or LOOPBACK, address.port or 80)
            told[variable] = _through(environment[variable], link.port)
        return told


def _through(address: str, port: int) -> str:
    """The same address at another port of this machine."""
    parts = urlsplit(address)
    user = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{user}@{LOOPBACK}:{port}" if user else f"{LOOPBACK}:{port}"))
