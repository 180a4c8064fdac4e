"""Kill points: named moments between two steps of the product, at which a process can be made to kill itself."""

from collections.abc import Sequence
from pathlib import Path

from tests.faults.matrix.kill_points import certificates, notifications, registration, workers
from tests.faults.matrix.kill_points.control import Control
from tests.faults.matrix.kill_points.point import Here, Point
from tests.faults.matrix.patching import Undo

POINTS: Sequence[Point] = (*workers.POINTS, *notifications.POINTS, *certificates.POINTS, *registration.POINTS)


def of_process(process: str) -> list[Point]:
    """The points that a process, such as `notifications-worker`, passes."""
    return [point for point in POINTS if process in point.processes]


def install(process: str, control: Control | Path) -> list[Undo]:
    """Patch the product in this process. Raises PatchError where a point does not fit it any more."""
    if isinstance(control, Path):
        control = Control(control)
    return [undo for point in of_process(process) for undo in point.install(Here(control, point.name))]
