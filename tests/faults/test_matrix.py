"""The short run of the fault matrix: some of every group, on a stage of its own. `make faults` is the long one."""

import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.matrix.catalogue import all_faults
from tests.faults.matrix.fault import Fault
from tests.faults.matrix.run import Run

SEED = int(os.environ.get("ATELIER_MATRIX_SEED", "20231024"))
OF_EACH_GROUP = {"kill": 2, "kill point": 2, "network": 2}
"""Where it is more than one."""


def sample() -> Sequence[Fault]:
    """Of each group some that are cheap, drawn by the seed."""
    groups: dict[str, list[Fault]] = {}
    for fault in all_faults():
        if fault.cheap and fault.brokers == 1 and fault.needs() is None:
            groups.setdefault(fault.group, []).append(fault)
    chance = random.Random(SEED)  # noqa: S311 - repeatable on purpose
    return [fault for group, faults in groups.items() for fault in chance.sample(faults, min(len(faults), OF_EACH_GROUP.get(group, 1)))]


@pytest.mark.timeout(1500)
async def test_whatever_strikes_nothing_is_lost_doubled_or_oversold(tmp_path: Path) -> None:
    faults = sample()
    run = Run(faults, len(faults), SEED, longest_outage=5.0, keep_in=tmp_path)
    report = await run.play()
    found = [f"{one.kind}, {one.moment}, seed {one.seed}, {one.struck}: {finding}" for one in report.broken for finding in one.findings]
    assert found == []
    assert report.injected == len(faults), [f"{row.kind}: met no work {row.not_in_flight} times" for row in report.rows if not row.injected]
