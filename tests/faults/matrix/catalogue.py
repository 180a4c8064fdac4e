"""All faults there are."""

from collections.abc import Sequence
from dataclasses import replace

from tests.faults.matrix.fault import GROUPS, Fault
from tests.faults.matrix.faults import clock, events, kafka, kill_points, kills, network, pauses, postgres, smtp, upgrade, worker
from tests.faults.matrix.rivals import TWO_WEB_PROCESSES

GROUPS_OF_FAULTS: Sequence[Sequence[Fault]] = (
    kills.FAULTS,
    kill_points.FAULTS,
    kafka.FAULTS,
    postgres.FAULTS,
    network.FAULTS,
    smtp.FAULTS,
    worker.FAULTS,
    pauses.FAULTS,
    (TWO_WEB_PROCESSES,),
    events.FAULTS,
    clock.FAULTS,
    upgrade.FAULTS,
)


def all_faults() -> Sequence[Fault]:
    """Every group's, in the order of the report. Raises ValueError where two have one name, or a group is unknown."""
    faults = [_in_its_row(fault) for group in GROUPS_OF_FAULTS for fault in group]
    names = [fault.kind for fault in faults]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"kinds of faults that occur twice: {', '.join(sorted(twice))}")
    if unknown := {fault.group for fault in faults} - set(GROUPS):
        raise ValueError(f"unknown groups: {', '.join(sorted(unknown))}")
    return faults


def choose(words: str) -> Sequence[Fault]:
    """Those whose kind contains one of the words, or whose group is one of them; separated by commas; none means all."""
    wanted = [word.strip() for word in words.split(",") if word.strip()]
    return [fault for fault in all_faults() if not wanted or any(word == fault.group or word in fault.kind for word in wanted)]


def _in_its_row(fault: Fault) -> Fault:
    """What happens to a link is one kind, whichever two parts it joins: each pair has its turn."""
    return replace(fault, row=fault.kind.partition(":")[0]) if fault.group == "network" else fault
