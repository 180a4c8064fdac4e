"""Runs a process of the product with kill points and, if asked, one planted defect. The product knows nothing of it.

`python -m tests.faults.matrix.host services.notifications.worker_app` does what `python -m services.notifications.worker_app` does, after
the patches are installed. A patch that does not fit the product any more ends the process at once, with words.
"""

import os
import runpy
import sys
from pathlib import Path

from tests.faults.matrix import defects, kill_points
from tests.faults.matrix.patching import PatchError

CONTROL = "ATELIER_MATRIX_CONTROL"
"""Variable that names the process's control folder."""
DEFECT = "ATELIER_MATRIX_DEFECT"
"""Variable that names the defect to be planted, if any."""


def process_name(module: str) -> str:
    """`notifications-worker` for `services.notifications.worker_app`."""
    match module.split("."):
        case ["services", service, app] if app in {"web_app", "worker_app"}:
            return f"{service}-{app.removesuffix('_app')}"
    raise PatchError(f"{module} is not a process of the product")


def prepare(module: str) -> None:
    """Install what the environment asks for."""
    process = process_name(module)
    if folder := os.environ.get(CONTROL):
        kill_points.install(process, Path(folder))
    if defect := os.environ.get(DEFECT):
        defects.plant(defect, process)


def main() -> None:
    """Patch, then be the module that is named first."""
    del sys.argv[0]
    try:
        prepare(sys.argv[0])
    except PatchError as error:
        sys.exit(f"the fault matrix does not fit the product: {error}")
    # Under the module's own name, also for the processes that it spawns: those are not patched.
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
