"""What may follow a seal in its file: proof about it, such as a time-stamp, and nothing that anybody sees or reads.

A seal of the level "no changes" allows that alone (ISO 32000-2, 12.8.2.2; ETSI EN 319 142-1, 5.4 and 5.5). pyHanko's own policy allows
new titles and other words about the document too; here they count as a change.
"""

from io import BytesIO

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DSSCompareRule,
    FormUpdatingRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

PROOF_ONLY = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),  # type: ignore[no-untyped-call]
        *(rule.as_qualified(ModificationLevel.LTA_UPDATES) for rule in (XrefStreamRule(), ObjectStreamRule(), DSSCompareRule())),
    ],
    form_rule=FormUpdatingRule(field_rules=[SigFieldCreationRule(), SigFieldModificationRule()]),  # type: ignore[no-untyped-call]
    ignore_orphaned_objects=False,
)


def is_whole(seal: EmbeddedPdfSignature) -> bool:
    """Whether the file ends with the seal, or with a time-stamp over all of it. What lies between is for PROOF_ONLY to judge."""
    *_, last = seal.reader.embedded_signatures
    stamped = last is seal or last.sig_object_type == "/DocTimeStamp"
    return stamped and last.evaluate_signature_coverage() is SignatureCoverageLevel.ENTIRE_FILE


def is_kept(seal: EmbeddedPdfSignature) -> bool:
    """Whether what follows the seal is proof and nothing else. Raises whatever pyHanko does for a broken file."""
    seal.compute_integrity_info(diff_policy=PROOF_ONLY)  # type: ignore[no-untyped-call]
    return bool(seal.summarise_integrity_info()["docmdp_ok"]) and is_whole(seal)


def sealed_length(pdf: bytes) -> int:
    """How many bytes of a file are those that its first signature closes; 0 where it has none.

    Raises whatever pyHanko does for a broken file.
    """
    signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
    if not signatures:
        return 0
    _, _, begin, length = signatures[0].byte_range
    return int(begin) + int(length)


def adds_only_proof(pdf: bytes) -> bool:
    """Whether what follows the first signature of a file is proof and nothing else. Whose seal it is, is another question."""
    try:
        return is_kept(PdfFileReader(BytesIO(pdf)).embedded_signatures[0])
    except Exception:  # noqa: BLE001 - a parser fails in many ways
        return False
