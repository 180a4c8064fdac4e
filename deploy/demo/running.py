"""What the demonstration needs of the system that it is played on, however that one runs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from deploy.embedded.errors import LaunchError
from deploy.embedded.status import Status


class MovableClock(Protocol):
    """Business time, moved only while nothing is going on."""

    async def advance_to(self, moment: datetime) -> None: ...  # noqa: D102
    async def settle(self) -> Mapping[str, Status]: ...  # noqa: D102


class RunningSystem(Protocol):
    """A system whose processes run, with its addresses as seen from this machine."""

    @property
    def front_door(self) -> str:
        """The address people open, without a slash at the end."""
        ...

    @property
    def kafka(self) -> str:
        """Kafka's address, host:port."""
        ...

    @property
    def clock(self) -> MovableClock:
        """Moves business time."""
        ...

    def environment(self, service: str) -> dict[str, str]:
        """The variables for a command that speaks for a service."""
        ...

    async def failure(self) -> LaunchError:
        """Wait until a process ends that nobody ended, and say which."""
        ...
