"""What a file that somebody hands in proves by itself: its seal, and the credential in it."""

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from io import BytesIO

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from services.certificates.document.attached import attached_credential
from services.certificates.document.keys import PublicKeys
from services.certificates.document.proof import holds

for _name in ("pyhanko", "pyhanko_certvalidator"):
    # What is wrong with the files of strangers is their news, not this service's
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class Seal(StrEnum):
    """INTACT is ours, over the whole file. CHANGED was ours or not: the file is another than the one that was sealed."""

    INTACT = "intact"
    CHANGED = "changed"
    STRANGE = "strange"
    NONE = "none"
    UNREADABLE = "unreadable"


class Credential(StrEnum):
    """HOLDS was signed with a key of ours and says what was signed."""

    HOLDS = "holds"
    CHANGED = "changed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Checked:
    """What is found; `sealed_at` is what the seal says of itself."""

    seal: Seal
    credential: Credential
    sealed_at: datetime | None = None


def check(pdf: bytes, keys: PublicKeys) -> Checked:
    """Look at a file of any kind."""
    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
    except Exception:  # noqa: BLE001 - strangers hand in whatever there is, and a parser fails in many ways
        return Checked(Seal.UNREADABLE, Credential.NONE)
    if not signatures:
        return Checked(Seal.NONE, _credential(pdf, keys))
    seal = signatures[0]
    return Checked(_seal(seal, keys), _credential(pdf, keys), seal.self_reported_timestamp)


def _seal(seal: EmbeddedPdfSignature, keys: PublicKeys) -> Seal:
    trusted = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(keys.root)],
        crls=[asn1_crl.CertificateList.load(keys.revoked)],
        allow_fetching=False,
        # As of when it says that it was sealed: a certificate that has ended since does not make a seal worse
        moment=seal.self_reported_timestamp or datetime.now(UTC),
        revocation_mode="soft-fail",
    )
    try:
        status = validate_pdf_signature(seal, signer_validation_context=trusted)
    except Exception:  # noqa: BLE001 - as above
        return Seal.CHANGED
    if not (status.intact and status.valid and status.docmdp_ok and status.coverage is SignatureCoverageLevel.ENTIRE_FILE):
        return Seal.CHANGED
    return Seal.INTACT if status.trusted else Seal.STRANGE


def _credential(pdf: bytes, keys: PublicKeys) -> Credential:
    content = attached_credential(pdf)
    if content is None:
        return Credential.NONE
    try:
        document = json.loads(content)
        name = document["proof"][0]["verificationMethod"].rpartition("#")[2]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return Credential.CHANGED
    key = keys.credential.get(name)
    return Credential.HOLDS if key is not None and holds(document, key) else Credential.CHANGED
