"""Put PDF files from a backup back to the certificates that lack theirs."""

from collections.abc import Callable

from services.certificates.document.attached import attached_credential
from services.certificates.document.folder import issued_part
from services.certificates.document.later_versions import adds_only_proof
from services.certificates.storage import augmentation, documents
from services.certificates.storage.documents import WithoutDocument
from shared.runtime.database import Connection

Find = Callable[[str, str], bytes | None]
"""From serial and SHA-256 to the document whose first bytes, or all, are exactly these, if there is one."""


async def restore_documents(connection: Connection, find: Find) -> tuple[int, list[WithoutDocument]]:
    """Restore what is found. Returns how many were, and those that still lack theirs.

    A document is taken only if its bytes have the sum that was told when it was issued: another one, however alike, is not what was handed
    out and sealed. What follows these bytes is taken too, where it is proof and nothing else.
    """
    lacking = await documents.read_without_document(connection)
    missing = []
    for certificate in lacking:
        pdf = find(certificate.serial, certificate.sha256)
        issued = issued_part(pdf, certificate.sha256) if pdf else None
        if pdf is None or issued is None:
            missing.append(certificate)
            continue
        named = certificate.registration_id, certificate.edition
        # These bytes are those that were issued, by their sum
        await documents.store_document(connection, *named, issued, attached_credential(issued))
        if len(pdf) > len(issued) and adds_only_proof(pdf):
            await augmentation.store(connection, *named, pdf[len(issued) :])
    return len(lacking) - len(missing), missing
