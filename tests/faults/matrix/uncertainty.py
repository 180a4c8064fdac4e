"""Which messages may have become uncertain in an episode: those that were between the commit of `sending` and the mail server's answer."""

from collections.abc import Set as AbstractSet
from typing import TypeVar

from tests.faults.matrix.fault import Fault, Struck

K = TypeVar("K")

SENDERS = 4
"""Connections to the mail server of one worker, each with one message in hand."""
FALLS = 2
"""How often the worker may fall in one episode."""
EVIDENT = {"kill", "kill point", "smtp", "network"}
"""Groups whose strikes leave evidence, another process or a text whose answer was not heard: they are not taken at their word."""


def excused(new: AbstractSet[K], doubtful: AbstractSet[K], *, fault: Fault, struck: Struck, fell: bool) -> AbstractSet[K]:
    """Of the messages that are uncertain now and were not before, those that the fault explains.

    `doubtful`: those whose text the mail server was asked to take, and whose answer nobody may have heard. `fell`: whether the process that
    sends is another than before; each of its falls leaves no more than it had in hand. Where it was frozen, nothing on the wire shows how
    many it had given up when it woke: all are excused, and only if it was notifications that was struck.
    """
    if fault.opens_window and fault.group not in EVIDENT and struck.part in {"", "notifications"}:
        return new
    seen = new & doubtful
    return new if fell and len(new - seen) <= SENDERS * FALLS else seen
