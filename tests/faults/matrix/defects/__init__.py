"""Planted defects: the product with one of its mechanisms taken out, so that it can be seen that the matrix notices."""

from collections.abc import Sequence

from tests.faults.matrix.defects import admission, consuming, publishing, sending
from tests.faults.matrix.defects.defect import Defect
from tests.faults.matrix.patching import PatchError, Undo

DEFECTS: Sequence[Defect] = (*consuming.DEFECTS, *sending.DEFECTS, *publishing.DEFECTS, *admission.DEFECTS)


def named(name: str) -> Defect:
    """The defect of that name. Raises PatchError where there is none."""
    for defect in DEFECTS:
        if defect.name == name:
            return defect
    raise PatchError(f"there is no defect {name}")


def plant(name: str, process: str) -> Sequence[Undo]:
    """Patch this process. Raises PatchError where the defect does not fit the product, or not this process."""
    defect = named(name)
    if defect.process != process:
        raise PatchError(f"{name} goes into {defect.process}, not into {process}")
    return defect.plant()
