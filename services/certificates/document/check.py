"""What a file that somebody hands in proves by itself: its seal, and the credential in it.

Strangers hand in whatever there is, and what reads it can be led into endless work: it is to be called in a process that may die
(`checking_process`).
"""

import json
import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from io import BytesIO

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from services.certificates.document.attached import attached_credential
from services.certificates.document.keys import PublicKeys
from services.certificates.document.later_versions import PROOF_ONLY, is_whole
from services.certificates.document.proof import holds

for _name in ("pyhanko", "pyhanko_certvalidator"):
    # What is wrong with the files of strangers is their news, not this service's
    logging.getLogger(_name).setLevel(logging.CRITICAL)


_NAMED = re.compile(r"/certificates/([A-Za-z0-9_-]+)\.json$")


class Seal(StrEnum):
    """INTACT is ours, by one of our own certificates, and nothing but proof was added since.

    CHANGED was ours or not: the file is another than the one that was sealed.
    """

    INTACT = "intact"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
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
    """What is found. `token` opens the page of the certificate that the credential is about, where the credential holds."""

    seal: Seal
    credential: Credential
    token: str | None = None


def check(pdf: bytes, keys: PublicKeys) -> Checked:
    """Look at a file of any kind."""
    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
    except Exception:  # noqa: BLE001 - a parser fails in many ways
        return Checked(Seal.UNREADABLE, Credential.NONE)
    return Checked(_seal(signatures[0], keys) if signatures else Seal.NONE, *_credential(pdf, keys))


def _seal(seal: EmbeddedPdfSignature, keys: PublicKeys) -> Seal:
    try:
        sealed_at = seal.self_reported_timestamp or datetime.now(UTC)
        trusted = ValidationContext(
            trust_roots=[asn1_x509.Certificate.load(root) for root in keys.trusted],
            allow_fetching=False,
            # As of when it says that it was sealed: a certificate that has ended since does not make a seal worse
            moment=sealed_at if sealed_at.tzinfo else sealed_at.replace(tzinfo=UTC),
        )
        status = validate_pdf_signature(seal, signer_validation_context=trusted, diff_policy=PROOF_ONLY)
        signer = seal.signer_cert
        whole = is_whole(seal)
    except Exception:  # noqa: BLE001 - as above
        return Seal.CHANGED
    if not (status.intact and status.valid and status.docmdp_ok and whole):
        return Seal.CHANGED
    if not status.trusted or signer.sha256 not in keys.seals:
        return Seal.STRANGE
    # Whatever time it claims: whoever has the key of a withdrawn seal claims any
    listed = x509.load_der_x509_crl(keys.revoked).get_revoked_certificate_by_serial_number(signer.serial_number)
    return Seal.INTACT if listed is None else Seal.WITHDRAWN


def _credential(pdf: bytes, keys: PublicKeys) -> tuple[Credential, str | None]:
    try:
        content = attached_credential(pdf)
        if content is None:
            return Credential.NONE, None
        document = json.loads(content)
        name = document["proof"][0]["verificationMethod"].rpartition("#")[2]
        if not holds(document, keys.credential[name]):
            return Credential.CHANGED, None
        found = _NAMED.search(document["id"])
        return Credential.HOLDS, found and found[1]
    except Exception:  # noqa: BLE001 - as above
        return Credential.CHANGED, None
