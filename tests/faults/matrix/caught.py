"""What became of a planted defect."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Caught:
    """A row of the report. `after_faults` counts those that met work, the last one included; `caught_by` is empty where nothing did.

    `seconds` include setting the stage. `what` is the first finding.
    """

    defect: str
    caught_by: str
    after_faults: int
    seconds: float
    what: str
