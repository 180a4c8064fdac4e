"""The point after a batch's commit: which of the next batches it strikes is drawn."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shared.contracts.topics import REGISTRATIONS
from shared.runtime.consuming import Consuming
from tests.faults.matrix import kill_points
from tests.faults.matrix.kill_points.control import ARMED, Control, Order, strikes
from tests.faults.matrix.patching import undo_all


@pytest.mark.parametrize(("draw", "strikes_after"), [(0.0, 1), (0.5, 3), (0.99, 5)])
async def test_the_batch_that_is_struck_is_drawn(tmp_path: Path, draw: float, strikes_after: int) -> None:
    async def process(_topic: Any, _records: Any) -> None:
        """Nothing to do."""

    consuming: Any = SimpleNamespace(_processor=SimpleNamespace(process=process))
    undoes = kill_points.install("notifications-worker", Control(tmp_path, end=lambda _action: None))
    try:
        await Consuming._process(consuming, REGISTRATIONS, [])
        (tmp_path / ARMED).write_text(str(Order("batch-committed", draw)))
        for number in range(1, 7):
            await Consuming._process(consuming, REGISTRATIONS, [])
            assert len(strikes(tmp_path)) == int(number >= strikes_after)
    finally:
        undo_all(undoes)
