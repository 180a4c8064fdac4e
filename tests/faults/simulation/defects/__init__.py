"""Defects to be planted for the time of a run: without its mechanism, each promise must be seen to break."""

from tests.faults.simulation.defects.admission import IN_ADMISSION
from tests.faults.simulation.defects.certificates import IN_CERTIFICATES
from tests.faults.simulation.defects.messages import IN_MESSAGES

__all__ = ["IN_ADMISSION", "IN_CERTIFICATES", "IN_MESSAGES"]
