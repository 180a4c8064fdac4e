"""What a fault is."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tests.faults.matrix.stage import Stage

Brokers = Literal[1, 3]
"""Of Kafka, on one stage."""
GROUPS = ("kill", "kill point", "kafka", "postgres", "network", "smtp", "worker", "events", "clock", "upgrade")


@dataclass(frozen=True)
class Struck:
    """How it went. A strike that met no work in flight proves nothing and does not count.

    `detail` is for people. `part` is the service or process that was struck, where chance chose among several.
    """

    in_flight: bool
    detail: str = ""
    part: str = ""


def _runs_anywhere() -> str | None:
    return None


@dataclass(frozen=True)
class Fault:
    """One row of the report.

    Args:
        kind: the row's name, such as `kill -9: notifications worker`.
        group: one of GROUPS.
        strike: does the fault and heals it again (the server is back, the link clean, the process restarted) before it returns.
            Everything that is left to chance comes from the generator it is given, so that a seed repeats it.
        needs: why it cannot run here, such as a mount that is not allowed; the report then names it as not run.
        cheap: short enough for the run that belongs to every test run.
        brokers: how many Kafka brokers its stage has: one, or three.
        opens_window: whether it may strike between the commit of `sending` and the answer to the final dot, so that messages may
            become uncertain. Where it cannot, an uncertain message is a broken promise.
        row: the row of the report that it counts in, where several kinds share one; its own otherwise.
        refuses_mails: whether the mail server refuses messages for good, so that some may end as failed.
    """

    kind: str
    group: str
    strike: Callable[["Stage", random.Random], Awaitable[Struck]]
    needs: Callable[[], str | None] = _runs_anywhere
    cheap: bool = True
    brokers: Brokers = 1
    opens_window: bool = False
    refuses_mails: bool = False
    row: str = ""

    @property
    def counted_as(self) -> str:
        """The name of its row."""
        return self.row or self.kind
